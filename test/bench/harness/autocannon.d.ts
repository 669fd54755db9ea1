/** What is used here of a package that has no types. */
declare module 'autocannon' {
  namespace autocannon {
    interface Request {
      readonly url: string;
      readonly method?: 'GET' | 'POST';
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }

    interface Result {
      readonly requests: { readonly total: number };
      /** Seconds. */
      readonly duration: number;
      /** ms */
      readonly latency: { readonly p99: number };
      readonly '2xx': number;
      readonly non2xx: number;
      readonly errors: number;
    }
  }

  function autocannon(
    options: autocannon.Request & { readonly connections: number } & (
        | { readonly duration: number }
        | { readonly amount: number }
      ),
  ): Promise<autocannon.Result>;

  export default autocannon;
}

import type { ResolveName } from './resolve-name.ts';

/** What may be fetched. */
export interface RemotePolicy {
  /** Of one body, bytes. */
  readonly maxBytes: number;
  /** Of one fetch with its redirects and its body, ms. */
  readonly timeoutMs: number;
  /** Of one connection with its TLS handshake, ms; default 5,000. */
  readonly connectMs?: number;
  /** Without a byte of the answer, ms; default 10,000. */
  readonly idleMs?: number;
  /** Ranges that are not public and may be reached all the same, on any port. */
  readonly allowCidrs: readonly string[];
  /** The only hosts, in lower case, `*.` for all below one; undefined: any. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Besides 80 and 443. */
  readonly allowPorts: readonly number[];
  /** Default: as the system does, with `/etc/hosts`. */
  readonly resolveName?: ResolveName;
  /** PEM of the authorities that TLS trusts; default: those of the system. */
  readonly ca?: string;
}

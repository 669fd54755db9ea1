import type { Check } from '../check.ts';

export const address: Check = {
  name: 'address',
  advice: 'Set HOST to an address of this machine (0.0.0.0: all), and PORT to a free one.',
  async look({ host, port, publicUrl }) {
    const shown = `${host}:${port}`;
    if (port !== 0) {
      const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      const url = `http://${local.includes(':') ? `[${local}]` : local}:${port}/healthz`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(2000), proxy: '' }).catch(
        () => undefined,
      );
      if (answer?.ok) return { state: 'fine', found: `${shown}: a server answers there` };
    }
    const server = Bun.serve({ hostname: host, port, reusePort: false, fetch: () => new Response() });
    await server.stop(true);
    if (!publicUrl?.startsWith('https:') && !/^(127\.|::1$|localhost$)/.test(host)) {
      return {
        state: 'warning',
        found: `${shown}: free, and open to other machines without https`,
        advice: 'Put a proxy with TLS in front of it and set PUBLIC_URL: passwords would go in the clear.',
      };
    }
    return { state: 'fine', found: `${shown}: free` };
  },
};

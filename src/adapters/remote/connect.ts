import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { RemoteError } from './remote-error.ts';
import { Wire } from './wire.ts';

/** Where a connection goes. */
export interface Place {
  /** The very address that is dialled; no name is looked up. */
  readonly address: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** The name that the certificate must have; where it is an address, that one. */
  readonly name: string;
}

export interface ConnectLimits {
  /** PEM of the authorities that TLS trusts; undefined: those of the system. */
  readonly ca: string | undefined;
  /** Of the connection with its TLS handshake, ms. */
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** @throws RemoteError `timeout`; the signal's reason; the network's error, or that of the certificate */
export async function connect(place: Place, { ca, connectMs, signal }: ConnectLimits): Promise<Wire> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = dial(place, ca);
  const wire = new Wire(socket);
  socket.setNoDelay(true);
  socket.once(place.isSecure ? 'secureConnect' : 'connect', resolve);
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('the connection is closed')));
  const late = () => reject(new RemoteError('timeout', `${place.name} did not connect in ${connectMs} ms`));
  const timer = setTimeout(late, connectMs);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await promise;
    return wire;
  } catch (error) {
    wire.fail(error);
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function dial({ address, port, isSecure, name }: Place, ca: string | undefined) {
  if (!isSecure) return connectTcp({ host: address, port });
  return connectTls({
    host: address,
    port,
    servername: isIP(name) ? '' : name,
    ALPNProtocols: ['http/1.1'],
    // Said here, so that nothing in the environment can say otherwise.
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  });
}

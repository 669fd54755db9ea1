import { lookup } from 'node:dns/promises';

/** All addresses of a host name. @throws any error when there is none. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** As the system does, with `/etc/hosts`. */
export const resolveBySystem: ResolveName = async (name) => {
  const answers = await lookup(name, { all: true });
  return answers.map(({ address }) => address);
};

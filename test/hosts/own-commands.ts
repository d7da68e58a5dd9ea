/** Commands that a host's owner wrote: /etc/longshore/<container>.conf, and a service that they move. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Host, Place } from './start-host.ts';

export interface OwnService {
  readonly place: Place;
  /** Holds the digest that runs. */
  readonly file: string;
  readonly lines: Readonly<Record<string, string>>;
}

/** A service that is a file: what runs is what is written there. */
export function takeService(host: Host): OwnService {
  const place = host.takePlace('own');
  const file = path.join(host.engine.folder, `service-${place.container}`);
  const lines = {
    apply: `echo "$LONGSHORE_DIGEST" >${file}`,
    rollback: `echo "\${LONGSHORE_PREVIOUS_REF##*@}" >${file}`,
    current: `[ ! -e ${file} ] || cat ${file}`,
  };
  return { place, file, lines };
}

export function runs({ file }: OwnService): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

/** Root's own file that nobody else may write; `chmod` is done to it after. */
export async function writeConf(
  host: Host,
  { container }: Place,
  lines: Readonly<Record<string, string>>,
): Promise<string> {
  const file = `/etc/longshore/${container}.conf`;
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
  await host.engine.run(['install', '-d', '-m', '755', '/etc/longshore']);
  await host.engine.run(['sh', '-c', `cat >${file} && chmod 600 ${file}`], {
    input: text.join(''),
  });
  return file;
}

/**
 * `run` of a policy: how a container is made on a host that has none. Where there is one, it is made
 * again from its own settings, and nothing here is looked at.
 *
 * All of it travels in the parameter of a command, which everybody reads who may read commands. So a name
 * that looks like a secret's is refused, and no value of the environment is shown in a message.
 */
import * as z from 'zod';
import { uniqueList } from './policy-hosts.ts';
import { addFlaw, type Flaw, isMapping } from './problem.ts';

const MOST_PORTS = 20;
const MOST_VOLUMES = 20;
const MOST_WORDS = 50;

const PORT =
  /^(?:(?<ip>[\d.]+|\[[\dA-Fa-f:.]+\]):)?(?<published>[1-9]\d{0,4}):(?<port>[1-9]\d{0,4})(?:\/(?<protocol>tcp|udp|sctp))?$/;
/** `(?!…)`: no part is `.` or `..`, so that a path is written in one way only. */
const PATH = String.raw`(?:\/(?!\.{1,2}(?:\/|:|$))[\w.@+-]+)+`;
const VOLUME = new RegExp(
  String.raw`^(?:[A-Za-z0-9][\w.-]{1,127}|${PATH}):(?<target>${PATH})(?::(?:ro|rw))?$`,
);
const NETWORK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** `__proto__` is a key that gets lost on the way of a document through JavaScript. */
const VARIABLE = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/;
/** Words that mean a secret wherever they stand, and those that do so at the end of a word. */
const SECRET =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|(?:PRIVATE|ACCESS|API|SIGNING|ENCRYPTION)_?KEY|(?:TOKEN|(?:^|_)PASS|_PWD)(?:_|$)/;
/** `POSTGRES_PASSWORD_FILE` says where a secret is, not what it is. */
const SECRET_ELSEWHERE = /_(?:FILE|PATH)$/;
const URL_WITH_PASSWORD = /\/\/[^/\s@:]*:[^/\s@]+@/;

const ELSEWHERE = 'mount a file of the host instead, with volumes';

export interface PublishedPort {
  /** '' is every address of the host. */
  ip: string;
  published: string;
  /** As the Engine names a container's port: `53/udp`. */
  port: string;
}

/** `127.0.0.1:53:53/udp` → 127.0.0.1, 53, 53/udp; undefined for what is no port of a host and of a container. */
export function parsePublishedPort(text: string): PublishedPort | undefined {
  const { ip = '', published = '', port = '', protocol = 'tcp' } = PORT.exec(text)?.groups ?? {};
  const address = ip.replace(/^\[(.*)\]$/, '$1');
  const isAddress = ip.startsWith('[') ? z.ipv6() : z.ipv4();
  if (![published, port].every(isPort)) return undefined;
  if (ip !== '' && !isAddress.safeParse(address).success) return undefined;
  return { ip: address, published, port: `${port}/${protocol}` };
}

function isPort(digits: string): boolean {
  return digits !== '' && Number(digits) <= 65_535;
}

/** What two ports of a policy must not have in common. */
function placeOfPort(text: string): string {
  const parsed = parsePublishedPort(text);
  if (parsed === undefined) return text;
  return `${parsed.ip} ${parsed.published} ${parsed.port.replace(/^\d+/, '')}`;
}

function targetOf(volume: string): string {
  return VOLUME.exec(volume)?.groups?.['target'] ?? volume;
}

/** No control characters; and no half of a surrogate pair, which has no UTF-8. */
function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

const Environment = z.custom<Record<string, string>>().superRefine((value: unknown, context) => {
  if (!isMapping(value)) {
    addFlaw(context, { code: 'wrong_type', what: 'is not a mapping', hidesValue: true });
    return;
  }
  for (const [name, text] of Object.entries(value)) {
    const flaw = judgeVariable(name, text);
    if (flaw !== undefined) addFlaw(context, { ...flaw, path: [name], hidesValue: true });
  }
});

function judgeVariable(name: string, value: unknown): Flaw | undefined {
  if (!VARIABLE.test(name)) {
    const mend = 'use letters, digits and underscores, and no digit first';
    return { code: 'malformed', what: 'is no name of a variable', mend };
  }
  if (typeof value !== 'string') {
    return { code: 'wrong_type', what: 'is not text', mend: 'put the value in quotes' };
  }
  if (!isPlain(value)) {
    const mend = 'give a text without control characters';
    return { code: 'malformed', what: 'is not of the right form', mend };
  }
  if (isSecretName(name) || URL_WITH_PASSWORD.test(value)) {
    const what = 'looks like a secret, and would be read by all who may read commands';
    return { code: 'secret_in_environment', what, mend: ELSEWHERE };
  }
  return undefined;
}

/** `dbPassword` is DB_PASSWORD. */
function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toUpperCase();
  return SECRET.test(words) && !SECRET_ELSEWHERE.test(words);
}

export const PolicyRun = z
  .strictObject({
    ports: uniqueList(
      z.string().refine((text) => parsePublishedPort(text) !== undefined),
      MOST_PORTS,
      placeOfPort,
    ).default([]),
    environment: Environment.default({}),
    volumes: uniqueList(z.string().regex(VOLUME), MOST_VOLUMES, targetOf).default([]),
    restart: z.enum(['no', 'on-failure', 'always', 'unless-stopped']).default('unless-stopped'),
    network: z.string().regex(NETWORK).default('bridge'),
    command: z.array(z.string().refine(isPlain)).min(1).max(MOST_WORDS).optional(),
  })
  .superRefine(({ ports, network }, context) => {
    if (ports.length === 0 || !['host', 'none'].includes(network)) return;
    addFlaw(context, {
      code: 'ports_unpublished',
      path: ['ports'],
      what: `contradicts the network ${network}, on which nothing is published`,
      mend: 'remove it, or take another network',
    });
  });
export type PolicyRun = z.infer<typeof PolicyRun>;

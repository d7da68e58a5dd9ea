/** How a container is made on a host that has none. */
import { type Boundary, MALFORMED, row } from './boundary.ts';

const list = (count: number, entry: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => entry(index));
const run = (fields: Record<string, unknown>) => ({ run: fields });
const ports = (...entries: unknown[]) => run({ ports: entries });
const volumes = (...entries: unknown[]) => run({ volumes: entries });
const environment = (variables: unknown) => run({ environment: variables });
const command = (words: unknown) => run({ command: words });

const RUN = 'say how to run the container, such as { ports: ["8080:8080"] }, or leave it out';
const PORT =
  'write "8080:80", "127.0.0.1:8080:80" or "53:53/udp": the port of the host, then that of the container, each of the host once';
const VOLUME =
  'write "web-data:/data" or "/srv/web:/data:ro": a volume or a path of the host, then a path of the container, each of those once';
const NAME = 'use letters, digits and underscores, and no digit first';
const SECRET =
  'looks like a secret, and would be read by all who may read commands; mount a file of the host instead, with volumes';
const PLAIN = 'give a text without control characters';

const badPort = (inside: string, outside: string) =>
  row(
    'malformed',
    'run.ports.0',
    ports(inside),
    ports(outside),
    `"${outside}" ${MALFORMED}; ${PORT}`,
  );
const badVolume = (inside: string, outside: string) =>
  row(
    'malformed',
    'run.volumes.0',
    volumes(inside),
    volumes(outside),
    `"${outside}" ${MALFORMED}; ${VOLUME}`,
  );
const secret = (inside: string, outside: string) =>
  row(
    'secret_in_environment',
    `run.environment.${outside}`,
    environment({ [inside]: 'x' }),
    environment({ [outside]: 'x' }),
    SECRET,
  );

/** As long as an environment can be beside BASE, to the character. */
const LONGEST_VALUE = 1_413;

export const FIRST_INSTALL: readonly Boundary[] = [
  row('wrong_type', 'run', run({}), { run: true }, `true is not a mapping; ${RUN}`),
  row(
    'unknown_field',
    'run.port',
    ports('80:80'),
    run({ port: 80 }),
    'is not a known field; did you mean ports?',
  ),
  row(
    'run_without_recreate',
    'run',
    { run: {}, runtime: 'recreate' },
    { run: {}, runtime: 'compose' },
    'a mapping contradicts runtime compose, which makes the container in its own way; remove it, or take runtime recreate',
  ),
  row(
    'run_with_glob',
    'run',
    { run: {}, image_pattern: 'shop/web:*' },
    { run: {}, image_pattern: 'shop/w*' },
    'a mapping cannot be how every repository of shop/w* runs; give each repository its own policy',
  ),
  row(
    'run_too_big',
    'run',
    environment({ A: 'a'.repeat(LONGEST_VALUE) }),
    environment({ A: 'a'.repeat(LONGEST_VALUE + 1) }),
    'a mapping is 1 characters longer than a command can carry; shorten it, or put what is long into a file of the host and mount that',
  ),

  badPort('1:65535', '1:65536'),
  badPort('65535:1', '65536:1'),
  badPort('80:1', '80:0'),
  badPort('80:80', '80:080'),
  badPort('80:80', '80'),
  badPort('80:80/sctp', '80:80/icmp'),
  badPort('80:80', '80-81:80-81'),
  badPort('127.0.0.255:53:53/udp', '127.0.0.256:53:53/udp'),
  badPort('[::1]:53:53/udp', '[::g]:53:53/udp'),
  badPort('[::1]:53:53', '::1:53:53'),
  badPort('127.0.0.1:80:80', '127.0.1:80:80'),
  row('wrong_type', 'run.ports.0', ports('80:80'), ports(80), `80 is not text; ${PORT}`),
  row(
    'duplicate',
    'run.ports.1',
    ports('80:80', '80:80/udp'),
    ports('80:80', '80:81/tcp'),
    `"80:81/tcp" stands there twice; ${PORT}`,
  ),
  row(
    'duplicate',
    'run.ports.1',
    ports('127.0.0.1:80:80', '127.0.0.2:80:80', '80:80'),
    ports('127.0.0.1:80:80', '127.0.0.1:80:80'),
    `"127.0.0.1:80:80" stands there twice; ${PORT}`,
  ),
  row(
    'too_many',
    'run.ports',
    run({ ports: list(20, (index) => `${index + 1}:1`) }),
    run({ ports: list(21, (index) => `${index + 1}:1`) }),
    'a list of 21 has more than 20 entries; give a list of at most 20 ports',
  ),
  row(
    'ports_unpublished',
    'run.ports',
    run({ ports: [], network: 'host' }),
    run({ ports: ['80:80'], network: 'host' }),
    'a list of 1 contradicts the network host, on which nothing is published; remove it, or take another network',
  ),
  row(
    'ports_unpublished',
    'run.ports',
    run({ ports: ['80:80'], network: 'nones' }),
    run({ ports: ['80:80'], network: 'none' }),
    'a list of 1 contradicts the network none, on which nothing is published; remove it, or take another network',
  ),

  row(
    'wrong_type',
    'run.environment',
    environment({}),
    environment(['A=1']),
    'is not a mapping; give a mapping of names to texts',
  ),
  row(
    'malformed',
    'run.environment.2A',
    environment({ A2: '' }),
    environment({ '2A': '' }),
    `is no name of a variable; ${NAME}`,
  ),
  row(
    'malformed',
    'run.environment.A=B',
    environment({ _a_B: '=' }),
    environment({ 'A=B': '' }),
    `is no name of a variable; ${NAME}`,
  ),
  row(
    'malformed',
    'run.environment.__proto__',
    environment(JSON.parse('{ "__proto": "x" }')),
    environment(JSON.parse('{ "__proto__": "x" }')),
    `is no name of a variable; ${NAME}`,
  ),
  row(
    'wrong_type',
    'run.environment.LEVEL',
    environment({ LEVEL: '3' }),
    environment({ LEVEL: 3 }),
    'is not text; put the value in quotes',
  ),
  row(
    'malformed',
    'run.environment.A',
    environment({ A: '\u0020$(id) `id` "é😀"' }),
    environment({ A: '\u001f' }),
    `${MALFORMED}; ${PLAIN}`,
  ),
  row(
    'malformed',
    'run.environment.A',
    environment({ A: '\ud83d\ude00' }),
    environment({ A: '\ud83d' }),
    `${MALFORMED}; ${PLAIN}`,
  ),
  secret('DB_PASSWORD_FILE', 'DB_PASSWORD'),
  secret('PGPASSFILE', 'PGPASSWORD'),
  secret('SECRETARY_PATH', 'SESSION_SECRET_1'),
  secret('MAX_TOKENS', 'GITHUB_TOKEN'),
  secret('TOKENIZER', 'TOKEN'),
  secret('TOKENS_A_DAY', 'apiToken'),
  secret('PUBLIC_KEY', 'TLS_PRIVATE_KEY'),
  secret('ACCESS_LOG', 'AWS_ACCESS_KEY_ID'),
  secret('AWS_SHARED_CREDENTIALS_FILE', 'GOOGLE_CREDENTIALS'),
  secret('API_KEYS_PATH', 'APIKEY'),
  secret('KEY', 'signingKey'),
  secret('BYPASS', 'SMTP_PASS'),
  secret('compass', 'dbPass'),
  secret('PASSAGE', 'PASS'),
  secret('PWD', 'MYSQL_PWD'),
  secret('PASS_RATE_PATH', 'passphrase'),
  row(
    'secret_in_environment',
    'run.environment.DATABASE_URL',
    environment({ DATABASE_URL: 'postgres://shop@db:5432/shop' }),
    environment({ DATABASE_URL: 'postgres://shop:hunter2@db:5432/shop' }),
    SECRET,
  ),

  badVolume('ab:/data', 'a:/data'),
  badVolume('/srv:/data', '/:/data'),
  badVolume('/srv:/d', '/srv:/'),
  badVolume('/srv/a:/data', 'srv/a:/data'),
  badVolume('/srv:/data', '/srv:data'),
  badVolume('/srv:/data', '/data'),
  badVolume('/srv/..a:/data', '/srv/..:/data'),
  badVolume('/srv:/data/.b', '/srv:/data/./b'),
  badVolume('/srv:/data', '/srv:/data/'),
  badVolume('web-data:/data:ro', 'web-data:/data:rx'),
  badVolume('web-data:/data:rw', 'web-data:/data:ro:rw'),
  row(
    'duplicate',
    'run.volumes.1',
    volumes('/srv:/data', '/srv:/data/b'),
    volumes('/srv:/data', 'web-data:/data:ro'),
    `"web-data:/data:ro" stands there twice; ${VOLUME}`,
  ),
  row(
    'too_many',
    'run.volumes',
    run({ volumes: list(20, (index) => `/srv:/${index}`) }),
    run({ volumes: list(21, (index) => `/srv:/${index}`) }),
    'a list of 21 has more than 20 entries; give a list of at most 20 volumes',
  ),

  row(
    'not_one_of',
    'run.restart',
    run({ restart: 'no' }),
    run({ restart: 'never' }),
    '"never" is not one of no, on-failure, always, unless-stopped; leave it out for unless-stopped',
  ),
  row(
    'malformed',
    'run.network',
    run({ network: 'n'.repeat(64) }),
    run({ network: 'n'.repeat(65) }),
    `"${'n'.repeat(65)}" ${MALFORMED}; give the name of one network, or leave it out for bridge`,
  ),
  row(
    'malformed',
    'run.network',
    run({ network: 'a.b_c-d' }),
    run({ network: 'container:web' }),
    `"container:web" ${MALFORMED}; give the name of one network, or leave it out for bridge`,
  ),
  row(
    'wrong_type',
    'run.command',
    command(['serve']),
    command('serve'),
    `"serve" is not a list; give a list of 1 to 50 texts, or leave it out for the image's own`,
  ),
  row(
    'too_few',
    'run.command',
    command(['']),
    command([]),
    `a list of 0 has fewer than 1 entries; give a list of 1 to 50 texts, or leave it out for the image's own`,
  ),
  row(
    'too_many',
    'run.command',
    command(list(50, String)),
    command(list(51, String)),
    `a list of 51 has more than 50 entries; give a list of 1 to 50 texts, or leave it out for the image's own`,
  ),
  row(
    'malformed',
    'run.command.0',
    command(['a b']),
    command(['a\nb']),
    `"a\\nb" ${MALFORMED}; ${PLAIN}`,
  ),
];

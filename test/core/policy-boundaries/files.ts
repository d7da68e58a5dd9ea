/**
 * Files at the edge of every rule for files: `inside` is still right, `outside` is wrong by the least that there
 * is, and this is the line that both programs print. A text by itself is policies/web.yaml.
 */
import type { FileProblem, PolicySource } from '#core/policy-files.ts';

export interface FileBoundary {
  code: FileProblem['code'];
  inside: PolicySource[];
  outside: PolicySource[];
  line: string;
  /** '' is the whole file. */
  field: string;
}

/** Where the stack of these files will be. */
export const HOME = { account: '111122223333', region: 'eu-west-1' };
export const WEB = 'id: web\nimage_pattern: shop/web:*\nfleet_id: production\n';

type Source = PolicySource | string;

function row(
  code: FileBoundary['code'],
  inside: Source | Source[],
  outside: Source | Source[],
  line: string,
  field = '',
): FileBoundary {
  return { code, inside: sources(inside), outside: sources(outside), line, field };
}

function sources(given: Source | Source[]): PolicySource[] {
  return [given]
    .flat()
    .map((one) => (typeof one === 'string' ? { file: 'policies/web.yaml', text: one } : one));
}

const web = (file: string, text = WEB) => ({ file: `policies/${file}`, text });
const at = (line: number, message: string) => `policies/web.yaml:${line}: ${message}`;
const more = (text: string) => `${WEB}${text}\n`;

const topic = (place: string) => more(`notifications:\n  - topic_arn: arn:aws:sns:${place}:ops`);

const UTF8 = 'save the file as UTF-8';
const NOT_YAML = 'look at this line and the one before it';
const WRITE_OUT = 'write the value out';
const FOLDER = 'put policies beside each other in one folder';

export const FILES: readonly FileBoundary[] = [
  row(
    'not_utf8',
    more('# März'),
    more('# M\ufffdrz'),
    at(4, `has a character that is not UTF-8; ${UTF8}`),
  ),
  row('empty_file', WEB, '', at(1, 'is empty; write a policy as in policies/')),
  row(
    'empty_file',
    `\n# web\n${WEB}`,
    '\n# web\n',
    at(1, 'is empty; write a policy as in policies/'),
  ),
  row(
    'second_document',
    `---\n${WEB}...\n`,
    `---\n${WEB}---\n`,
    at(5, 'a second document begins here; give each policy its own file'),
  ),
  row(
    'not_yaml',
    more('run:\n  restart: always'),
    more('run:\n\trestart: always'),
    at(5, `is not YAML: Tabs are not allowed as indentation; ${NOT_YAML}`),
  ),
  row(
    'not_yaml',
    more('container: "web"'),
    more('container: "web'),
    at(5, `is not YAML: Missing closing "quote; ${NOT_YAML}`),
  ),
  row(
    'not_yaml',
    more('device_tags: ["a:b"]'),
    more('device_tags: ["a:b"'),
    at(
      5,
      `is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; ${NOT_YAML}`,
    ),
  ),
  row('key_twice', WEB, more('id: web'), at(4, 'has the key id twice; keep one of them')),
  row(
    'key_twice',
    more('health_check: { type: tcp, port: 80 }'),
    more('health_check: { type: tcp, port: 80, "type": tcp }'),
    at(4, 'has the key type twice; keep one of them'),
  ),
  row(
    'key_twice',
    more('run: { environment: { _1: a } }'),
    more('run: { environment: { 1: a, "1": b } }'),
    at(4, 'has the key 1 twice; keep one of them'),
  ),
  row(
    'yaml_trap',
    more('container: web'),
    more('container: &name web'),
    at(4, `has the anchor &name; ${WRITE_OUT}`),
  ),
  row(
    'yaml_trap',
    more('tag_choice: { type: numerical, ignore: ["*"] }'),
    more('tag_choice: { type: numerical, ignore: *a }'),
    at(4, `has the alias *a; ${WRITE_OUT}`),
  ),
  row(
    'yaml_trap',
    more('container: web'),
    more('container: !!js/function web'),
    at(4, `has the tag tag:yaml.org,2002:js/function; ${WRITE_OUT}`),
  ),
  row(
    'yaml_trap',
    `---\n${WEB}`,
    `%YAML 1.1\n---\n${WEB}`,
    at(1, 'has a directive; remove the line'),
  ),
  row(
    'yaml_trap',
    WEB,
    more('? [id]\n: web'),
    at(4, 'has a key that is no word; write the name of a field'),
  ),
  row(
    'yaml_trap',
    WEB,
    more('~: web'),
    at(4, 'has a key that is no word; write the name of a field'),
  ),
  row(
    'id_not_file_name',
    web('web.yml'),
    web('web.yaml', WEB.replace('web', 'web-2')),
    at(1, 'id: "web-2" is not the file\'s name; name the file web-2.yaml'),
    'id',
  ),
  row(
    'id_taken',
    [web('shop.yml', WEB.replace('web', 'shop').replace('production', 'a')), web('web.yaml')],
    [web('web.yaml'), web('web.yml')],
    'policies/web.yml:1: id: "web" is also the id of policies/web.yaml; remove one of the two',
    'id',
  ),
  row(
    'container_claimed',
    [web('shop.yaml', WEB.replace('web', 'shop').replace('production', 'dev')), web('web.yaml')],
    [web('shop.yaml', WEB.replace('web', 'shop')), web('web.yaml')],
    at(
      1,
      'claims the container web on hosts that shop may claim too; give one of them another fleet_id, a device tag with another value, or another container',
    ),
    'container',
  ),
  row(
    'is_folder',
    WEB,
    { file: 'policies/team', unread: 'is_folder' },
    `policies/team:1: is a folder; ${FOLDER}`,
  ),
  row(
    'no_folder',
    [],
    { file: 'policies', unread: 'no_folder' },
    'policies:1: is no folder; make one, also where no policy is wanted',
  ),
  row(
    'unreadable',
    WEB,
    { file: 'policies/web.yaml', unread: 'unreadable' },
    at(1, 'cannot be read; put a file in its place that you may read'),
  ),
  row(
    'too_big',
    more(`#${'x'.repeat(60_000)}`),
    { file: 'policies/web.yaml', unread: 'too_big' },
    at(1, 'has more than 65536 bytes; part it into several policies'),
  ),
  row(
    'not_yet_supported',
    WEB.replace('shop/web:*', '/ghcr.io/acme/app:*'),
    WEB.replace('shop/web:*', 'ghcr.io/acme/app:*'),
    at(
      2,
      'image_pattern: "ghcr.io/acme/app:*" is not supported yet; name a repository of the stack\'s own ECR',
    ),
    'image_pattern',
  ),
  row(
    'topic_elsewhere',
    topic('eu-west-1:111122223333'),
    topic('eu-west-2:111122223333'),
    at(
      5,
      'notifications.0.topic_arn: "arn:aws:sns:eu-west-2:111122223333:ops" is a topic of another account or region than the stack\'s (111122223333, eu-west-1); give one of the stack\'s own; queues and functions elsewhere can subscribe to it',
    ),
    'notifications.0.topic_arn',
  ),
];

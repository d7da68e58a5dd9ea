/**
 * How to mend each field of a policy: the end of every sentence that names a problem there. The names
 * are also those from which a misspelt field is guessed.
 */
const SWITCH = 'give true or false';
const RATE = 'give a share between 0 and 1';
const HOST_COUNT = 'give a whole number of hosts between 1 and 100000';
const HOST = 'give the id of a host, such as i-0123456789abcdef0 or mi-0123456789abcdef0';
const HEALTH_SECONDS = 'give whole seconds between 1 and 600';
const TIME = 'give a time of day as HH:MM or HH:MM:SS, in quotes';
const INSTANT = 'give an instant in UTC, such as 2026-12-20T00:00:00Z';

export const POLICY_MENDS: Readonly<Record<string, string>> = {
  '': 'write a policy as in policies/',
  id: 'use 1 to 40 lower-case letters, digits and hyphens',
  image_pattern:
    'write [registry/]repository[:tag] of at most 512 characters, with * for any characters within one part',
  container:
    'give a name that Docker takes, of 2 to 63 letters, digits, dots, hyphens and underscores',
  runtime: 'leave it out for recreate',
  run: 'say how to run the container, such as { ports: ["8080:8080"] }, or leave it out',
  'run.ports': 'give a list of at most 20 ports',
  'run.ports.*':
    'write "8080:80", "127.0.0.1:8080:80" or "53:53/udp": the port of the host, then that of the container, each of the host once',
  'run.environment': 'give a mapping of names to texts',
  'run.volumes': 'give a list of at most 20 volumes',
  'run.volumes.*':
    'write "web-data:/data" or "/srv/web:/data:ro": a volume or a path of the host, then a path of the container, each of those once',
  'run.restart': 'leave it out for unless-stopped',
  'run.network': 'give the name of one network, or leave it out for bridge',
  'run.command': "give a list of 1 to 50 texts, or leave it out for the image's own",
  'run.command.*': 'give a text without control characters',

  fleet_id: 'give the value of the tag longshore:fleet, without * or ?',
  device_tags: 'give at most 10 tags with different keys',
  'device_tags.*': 'write "key:value" without * or ?, each key once',
  hosts: 'give at most 1000 ids of hosts',
  'hosts.*': `${HOST}, each once`,
  all_hosts: SWITCH,
  max_hosts: HOST_COUNT,

  tag_choice: 'give a type, such as { type: newest-push }',
  'tag_choice.type': 'give semver, alphabetical, numerical, newest-push or digest',
  'tag_choice.range': 'give a range such as ">=1.0.0" or "^2.1", of at most 200 characters',
  'tag_choice.prereleases': SWITCH,
  'tag_choice.tag': 'name one tag of the image pattern, such as latest',
  'tag_choice.filter': 'give a pattern, and extract where a part of the tag is compared',
  'tag_choice.filter.pattern':
    'give a regular expression of RE2, of at most 200 characters, without lookaround and backreferences',
  'tag_choice.filter.extract': 'name groups of the pattern, such as $1 or $version',
  'tag_choice.ignore': 'give at most 50 tags or globs',
  'tag_choice.ignore.*': 'give a tag or a glob, such as nightly-*',
  'tag_choice.minimum_age_minutes': 'give whole minutes between 0 and 525600',
  pinned_digest: 'give sha256: and 64 hexadecimal digits in lower case',

  update_strategy: 'leave it out for staged',
  staged_batches:
    'give a list such as [0.1, 0.5, 1.0] or ["1 host", "50%", "100%"], or a number of batches from 1 to 50',
  'staged_batches.*': 'give a share in (0, 1], "10%" or "10 hosts", none less than one before it',
  batch_delay_minutes: 'give whole minutes between 0 and 10080',
  max_unavailable: HOST_COUNT,
  first_batch: 'give at most 50 ids of hosts',
  'first_batch.*': `${HOST}, each once`,
  spread: 'leave it out for none',

  health_check_enabled: SWITCH,
  health_check: 'give a type, such as { type: container_running }',
  'health_check.type': 'give http, tcp, container_running, docker_health or custom',
  'health_check.endpoint':
    'give http or https on localhost, 127.0.0.1 or [::1], such as http://localhost:8080/health, without a query',
  'health_check.expected_status': 'give one HTTP status between 100 and 599',
  'health_check.verify_tls': SWITCH,
  'health_check.port': 'give a port between 1 and 65535',
  'health_check.timeout_seconds': HEALTH_SECONDS,
  'health_check.retry_count': 'give a whole number between 1 and 100',
  'health_check.interval_seconds': HEALTH_SECONDS,
  health_check_timeout_seconds: 'give whole seconds between 10 and 7200',
  soak_seconds: 'give whole seconds between 0 and 86400',

  max_failure_rate: RATE,
  max_consecutive_failures: 'give a whole number between 1 and 1000',
  max_unknown_rate: RATE,
  auto_rollback: SWITCH,
  rollback_timeout_seconds: 'give whole seconds between 30 and 86400',
  on_threshold: 'leave it out for hold',
  on_newer: 'leave it out for supersede',
  on_create: 'leave it out for record',

  maintenance_window_start: TIME,
  maintenance_window_end: TIME,
  maintenance_window_zone: 'give a zone of the IANA list, such as Europe/Berlin or UTC',
  maintenance_window_days: 'give a list of 1 to 7 days, or leave it out for every day',
  'maintenance_window_days.*': 'give each day once, in lower case',
  freezes: 'give a list of at most 50 freezes',
  'freezes.*': 'give from, to, why and perhaps by',
  'freezes.*.from': INSTANT,
  'freezes.*.to': INSTANT,
  'freezes.*.why': 'say why in 1 to 200 characters',
  'freezes.*.by': 'name a person or a team in 1 to 100 characters',
  approval: 'give expires_after_hours or requester_may_approve',
  'approval.expires_after_hours': 'give whole hours between 1 and 720',
  'approval.requester_may_approve': SWITCH,
  notifications: 'give a list of at most 10 topics',
  'notifications.*': 'give a topic_arn',
  'notifications.*.topic_arn': 'give the ARN of a standard SNS topic',
};

/** Flags of `docker run`, by what they ask for. The containers `other`, `store` and `keeper` stand beside. */
import type { Place } from './start-host.ts';

export const FLAGS: [string, (place: Place) => string[]][] = [
  ['nothing in particular', () => []],
  ['ports', ({ port }) => ['-p', `127.0.0.2:${port}:53/udp`, '-p', '9', '--expose', '77/udp']],
  [
    'limits',
    () => [
      ...['--memory', '64m', '--cpus', '0.5', '--pids-limit', '100', '--shm-size', '8m'],
      ...['--ulimit', 'nofile=1024:2048', '--oom-score-adj', '100', '--cpu-shares', '100'],
      ...['--restart', 'on-failure:3'],
    ],
  ],
  [
    'rights',
    () => [
      ...['--cap-add', 'NET_ADMIN', '--cap-drop', 'MKNOD', '--read-only', '--init'],
      ...['--sysctl', 'net.ipv4.ip_local_port_range=1024 60000', '--group-add', '12'],
      ...[
        '--security-opt',
        'no-new-privileges',
        '--user',
        '1000:1000',
        '--device',
        '/dev/null:/dev/x',
      ],
      ...['--tmpfs', '/scratch:size=1m', '--restart', 'always'],
    ],
  ],
  [
    'what it shares with the host',
    () => [
      '--pid',
      'host',
      '--uts',
      'host',
      '--ipc',
      'host',
      '--security-opt',
      'seccomp=unconfined',
    ],
  ],
  [
    'names',
    () => [
      ...['--hostname', 'shop', '--domainname', 'example.test'],
      ...['--add-host', 'db:10.0.0.9', '--dns', '127.0.0.1', '--dns-search', 'example.test'],
    ],
  ],
  [
    'how it runs and ends',
    () => [
      ...['-t', '-i', '--workdir', '/elsewhere', '--stop-signal', 'SIGINT', '--stop-timeout', '3'],
      ...['--log-opt', 'max-size=1m', '--log-opt', 'max-file=2', '--restart', 'unless-stopped'],
      ...['--health-cmd', 'true', '--health-interval', '7s', '--health-retries', '9'],
    ],
  ],
  ['no check', () => ['--no-healthcheck']],
  ['another program', () => ['--entrypoint', '/workload']],
  ['the network of the host', () => ['--network', 'host', '-e', 'PORT=8098']],
  [
    'the network of the host and a name',
    () => ['--network', 'host', '--hostname', 'shop', '-e', 'PORT=8099'],
  ],
  ['the network of another', () => ['--network', 'container:other', '-e', 'PORT=9']],
  ['no network', () => ['--network', 'none']],
  ['a link', () => ['--link', 'store:db']],
  ['volumes of another', () => ['--volumes-from', 'keeper']],
];

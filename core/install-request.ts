/**
 * How a container is made on a host that has none: the Engine API's create request, as a command carries
 * it. The host passes it on as it is.
 *
 * It is ASCII alone: what lies beyond is escaped as JSON escapes it, so that its characters are its bytes.
 */
import type { HostCommand } from './host-command.ts';
import { type PolicyRun, parsePublishedPort } from './policy-run.ts';

export interface InstallFor {
  ref: string;
  owner: string;
  generation: number;
}

export function formatInstall(
  run: PolicyRun,
  install: InstallFor,
): NonNullable<HostCommand['install']> {
  return btoa(writeInstall(run, install));
}

/** The request before base64. */
export function writeInstall(run: PolicyRun, install: InstallFor): string {
  return JSON.stringify(makeRequest(run, install)).replaceAll(/[^ -~]/g, escapeUnit);
}

/** One unit of UTF-16, as JSON.parse takes it. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function makeRequest(run: PolicyRun, { ref, owner, generation }: InstallFor) {
  const environment = Object.entries(run.environment).map(([name, value]) => `${name}=${value}`);
  const bindings: Record<string, { HostIp?: string; HostPort: string }[]> = {};
  for (const text of run.ports) {
    const port = parsePublishedPort(text);
    if (port === undefined) throw new TypeError('a checked policy has ports');
    const binding = { ...(port.ip !== '' && { HostIp: port.ip }), HostPort: port.published };
    bindings[port.port] = [...(bindings[port.port] ?? []), binding];
  }
  const exposed = Object.fromEntries(Object.keys(bindings).map((port) => [port, {}]));
  const hasPorts = run.ports.length > 0;
  return {
    Image: ref,
    ...(run.command !== undefined && { Cmd: run.command }),
    ...(environment.length > 0 && { Env: environment }),
    ...(hasPorts && { ExposedPorts: exposed }),
    // What the host's own records can be made again from, should they be lost.
    Labels: { 'longshore.owner': owner, 'longshore.generation': String(generation) },
    HostConfig: {
      ...(run.volumes.length > 0 && { Binds: run.volumes }),
      ...(hasPorts && { PortBindings: bindings }),
      RestartPolicy: { Name: run.restart },
      NetworkMode: run.network,
    },
  };
}

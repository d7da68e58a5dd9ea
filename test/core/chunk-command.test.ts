import { describe, expect, it } from 'vitest';
import {
  type Action,
  deadlineAtMs,
  makeHostCommand,
  tokenSeconds,
  workSeconds,
} from '#core/chunk-command.ts';
import { formatHostCommand, parseHostCommand } from '#core/host-command.ts';
import { aChunk, aCommand, aPolicy, aRollout, GENERATION, NOW_MS, V2 } from './fixtures.ts';

const AT = { stack: 'longshore', registryHost: 'registry.example.com' };
const CHECKED = { health_check_timeout_seconds: 300, rollback_timeout_seconds: 900 };

function rolloutWith(fields: Record<string, unknown> = {}) {
  return aRollout({ settings: aPolicy({ ...CHECKED, ...fields }) });
}

function commandFor(action: Action, fields: Record<string, unknown> = {}) {
  const chunk = aChunk({ batch: 2, chunk: 31 });
  return makeHostCommand(rolloutWith(fields), chunk, aCommand({ action, step: 5 }), AT);
}

describe('the time of a command', () => {
  it.each([
    {
      action: 'update' as const,
      checked: 900,
      unchecked: 600,
      why: 'pull and swap, then the check',
    },
    { action: 'probe' as const, checked: 360, unchecked: 60, why: 'a look, then the check' },
    { action: 'restore' as const, checked: 900, unchecked: 900, why: 'the policy’s own' },
    { action: 'status' as const, checked: 60, unchecked: 60, why: 'it reads what is there' },
  ])('to $action is $checked s of work: $why', ({ action, checked, unchecked }) => {
    expect(workSeconds(rolloutWith(), action)).toBe(checked);
    expect(workSeconds(rolloutWith({ health_check_enabled: false }), action)).toBe(unchecked);
  });

  it('is delivery, then work, to a whole second, so that a late delivery changes nothing', () => {
    const deadline = deadlineAtMs(rolloutWith(), 'update', NOW_MS + 999);

    expect(deadline).toBe(NOW_MS + (120 + 900) * 1_000);
  });

  it.each(['update', 'probe', 'restore', 'status'] as const)(
    'to %s is over two minutes before its token times out',
    (action) => {
      const rollout = rolloutWith();
      const deadline = deadlineAtMs(rollout, action, NOW_MS);

      expect(NOW_MS + tokenSeconds(rollout, action) * 1_000).toBe(deadline + 120_000);
    },
  );
});

describe('a command to hosts', () => {
  it('to update names the image by digest, and its place in the rollout', () => {
    expect(commandFor('update')).toEqual({
      v: 1,
      op: 'update',
      owner: 'longshore/shop-web/shop/web',
      rollout: rolloutWith().rollout,
      batch: 2,
      chunk: 31,
      gen: GENERATION,
      step: 5,
      deadline: aCommand().deadline_at_ms / 1_000,
      timeout: 900,
      container: 'web',
      mode: 'recreate',
      ref: `registry.example.com/shop/web@${V2}`,
      auto: 1,
      check: { health: 'container_running' },
      timing: { retries: 3, interval: 30, htimeout: 30, grace: 0, success: 2, stable: 10 },
    });
  });

  it('to update says how to make the container where the policy does', () => {
    const made = commandFor('update', { run: { command: ['serve'] } });

    const ref = `registry.example.com/shop/web@${V2}`;
    expect(JSON.parse(atob(made.install ?? ''))).toEqual({
      Image: ref,
      Cmd: ['serve'],
      Labels: {
        'longshore.owner': 'longshore/shop-web/shop/web',
        'longshore.generation': String(GENERATION),
      },
      HostConfig: { RestartPolicy: { Name: 'unless-stopped' }, NetworkMode: 'bridge' },
    });
    expect(parseHostCommand(formatHostCommand(made))).toEqual(made);
    expect(commandFor('update')).not.toHaveProperty('install');
  });

  it.each(['probe', 'restore', 'status'] as const)('to %s says nothing of that', (action) => {
    const made = commandFor(action, { run: { command: ['serve'] } });

    expect(made).not.toHaveProperty('install');
    expect(parseHostCommand(formatHostCommand(made))).toEqual(made);
  });

  it('leaves a failed host where it is when the policy says so', () => {
    expect(commandFor('update', { auto_rollback: false })).toMatchObject({ auto: 0 });
  });

  it('has no deadline after the instant that was stored', () => {
    const command = aCommand({ deadline_at_ms: NOW_MS + 1_999 });

    const { deadline } = makeHostCommand(rolloutWith(), aChunk(), command, AT);

    expect(deadline).toBe(NOW_MS / 1_000 + 1);
  });

  it('to restore on the way back carries the next generation and names the one that it undoes', () => {
    const command = aCommand({ action: 'restore', generation: GENERATION + 1 });

    const made = makeHostCommand(rolloutWith(), aChunk(), command, AT);

    expect(made).toMatchObject({ gen: GENERATION + 1, undoes: GENERATION, timeout: 900 });
    expect(made).toHaveProperty('check');
    expect(made).not.toHaveProperty('ref');
  });

  it('to probe has a check, and no image', () => {
    const made = commandFor('probe');

    expect(made).toHaveProperty('timing');
    expect(made).not.toHaveProperty('ref');
    expect(made).not.toHaveProperty('auto');
  });

  it('to ask for a status has neither', () => {
    expect(Object.keys(commandFor('status'))).toEqual(
      'v op owner rollout batch chunk gen step deadline timeout container mode'.split(' '),
    );
  });

  it('is named after the policy’s container, and made in its way', () => {
    expect(commandFor('status', { container: 'front', runtime: 'compose' })).toMatchObject({
      container: 'front',
      mode: 'compose',
    });
  });

  it.each([
    { health_check: { type: 'tcp', port: 5432 }, check: { health: 'tcp', hport: 5432 } },
    { health_check: { type: 'container_running' }, check: { health: 'container_running' } },
    { health_check: { type: 'docker_health' }, check: { health: 'docker_health' } },
    { health_check: { type: 'custom' }, check: { health: 'custom' } },
    {
      health_check: {
        type: 'http',
        endpoint: 'http://localhost:8080/health',
        expected_status: 204,
      },
      check: { health: 'http', hport: 8080, hpath: '/health', hcode: 204, htls: 0 },
    },
    {
      health_check: { type: 'http', endpoint: 'http://127.0.0.1' },
      check: { health: 'http', hport: 80, hpath: '/', hcode: 200, htls: 0 },
    },
    {
      health_check: { type: 'http', endpoint: 'https://[::1]/a/b' },
      check: { health: 'http', hport: 443, hpath: '/a/b', hcode: 200, htls: 1 },
    },
    {
      health_check: { type: 'http', endpoint: 'https://localhost:8443/', verify_tls: false },
      check: { health: 'http', hport: 8443, hpath: '/', hcode: 200, htls: 2 },
    },
  ])('asks for the policy’s check: $check', ({ health_check, check }) => {
    const made = commandFor('update', { health_check });

    expect(made).toMatchObject({ check });
    expect(formatHostCommand(made)).toContain(`health=${check.health}\n`);
  });

  it('is not made of an endpoint that no policy may hold', () => {
    const settings = aPolicy({
      health_check: { type: 'http', endpoint: 'http://localhost:8080/health' },
    });
    const stored = structuredClone(settings);
    if (stored.health_check.type === 'http') stored.health_check.endpoint = 'http://10.0.0.1/';

    const make = () => makeHostCommand(aRollout({ settings: stored }), aChunk(), aCommand(), AT);

    expect(make).toThrow(new TypeError('a checked policy has an endpoint'));
  });

  it('asks for none where the check is off, and says how often and how long', () => {
    const timing = { retry_count: 2, interval_seconds: 7, timeout_seconds: 5 };
    const made = commandFor('update', {
      health_check_enabled: false,
      health_check: { type: 'tcp', port: 1, ...timing },
    });

    expect(made).toMatchObject({
      check: { health: 'none' },
      timing: { retries: 2, interval: 7, htimeout: 5 },
    });
  });
});

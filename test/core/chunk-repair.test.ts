import { describe, expect, it } from 'vitest';
import { dropHosts, dropUnsent, renewDeadline } from '#core/chunk-repair.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aFailedHost,
  anUpdatingHost,
  NOW_MS,
} from './fixtures.ts';

const unsent = { command_id: '', deadline_at_ms: NOW_MS };

describe('an intent that was never sent', () => {
  it('is given up once its deadline has passed; its hosts are planned again', () => {
    const hosts = [anUpdatingHost(), aCompletedHost({ host: 'i-02' })];
    const chunk = aChunk({ hosts, commands: [aCommand(unsent)] });

    const mended = dropUnsent(chunk, NOW_MS);

    expect(mended.commands[0]?.ended).toBe(true);
    expect(mended.hosts).toEqual([{ ...hosts[0], status: 'pending', phase: 'planned' }, hosts[1]]);
    expect(mended.step).toBe(chunk.step);
  });

  it.each([
    { why: 'its deadline is still to come', command: { ...unsent, deadline_at_ms: NOW_MS + 1 } },
    { why: 'it was sent', command: { ...unsent, command_id: 'cmd-1' } },
    { why: 'it has ended', command: { ...unsent, ended: true } },
  ])('is left alone where $why', ({ command }) => {
    const chunk = aChunk({ hosts: [anUpdatingHost()], commands: [aCommand(command)] });

    expect(dropUnsent(chunk, NOW_MS)).toBe(chunk);
  });

  it.each([
    { action: 'probe' as const, before: 'probing' as const, phase: 'soaking' },
    { action: 'restore' as const, before: 'restoring' as const, phase: 'done' },
    { action: 'status' as const, before: 'asking' as const, phase: 'asking' },
  ])(
    'to $action leaves its hosts $phase, to be asked or restored again',
    ({ action, before, phase }) => {
      const host = aFailedHost({ phase: before });
      const chunk = aChunk({ hosts: [host], commands: [aCommand({ ...unsent, action })] });

      const mended = dropUnsent(chunk, NOW_MS);

      expect(mended.hosts).toEqual([{ ...host, phase }]);
      expect(mended.commands[0]?.ended).toBe(true);
    },
  );

  it('does not end the commands beside it', () => {
    const sent = aCommand({ step: 1, hosts: ['i-02'], deadline_at_ms: NOW_MS });
    const chunk = aChunk({
      hosts: [anUpdatingHost({ step: 2 }), anUpdatingHost({ host: 'i-02' })],
      commands: [sent, aCommand({ ...unsent, step: 2 })],
    });

    const mended = dropUnsent(chunk, NOW_MS);

    expect(mended.commands.map((command) => command.ended)).toEqual([false, true]);
    expect(mended.hosts.map((host) => host.phase)).toEqual(['planned', 'updating']);
  });
});

it('gives a command that is sent late its whole time again, and no other', () => {
  const chunk = aChunk({ commands: [aCommand({ step: 1 }), aCommand({ step: 2 })] });

  const renewed = renewDeadline(chunk, 2, NOW_MS + 5000);

  expect(renewed.commands).toEqual([
    chunk.commands[0],
    { ...chunk.commands[1], deadline_at_ms: NOW_MS + 5000 },
  ]);
});

describe('hosts that SSM does not know', () => {
  const error = 'SSM does not reach this host (gone or offline)';

  it('leave the command, and are unknown', () => {
    const hosts = [anUpdatingHost({ digest_after: 'x' }), anUpdatingHost({ host: 'i-02' })];
    const other = aCommand({ step: 2, hosts: ['i-01'] });
    const chunk = aChunk({ hosts, commands: [aCommand({ hosts: ['i-01', 'i-02'] }), other] });

    const left = dropHosts(chunk, 1, ['i-01'], 'unknown');

    expect(left.commands).toEqual([{ ...chunk.commands[0], hosts: ['i-02'] }, other]);
    expect(left.hosts).toEqual([
      { ...hosts[0], status: 'unknown', phase: 'done', digest_after: '', error },
      hosts[1],
    ]);
  });

  it('end a command that has no other', () => {
    const chunk = aChunk({ hosts: [anUpdatingHost()], commands: [aCommand()] });

    const left = dropHosts(chunk, 1, ['i-01'], 'unknown');

    expect(left.commands).toEqual([{ ...chunk.commands[0], ended: true }]);
  });

  it('stay failed where they had failed before', () => {
    const chunk = aChunk({ hosts: [aFailedHost()], commands: [aCommand({ action: 'restore' })] });

    const [host] = dropHosts(chunk, 1, ['i-01'], 'unknown').hosts;

    expect(host).toMatchObject({
      status: 'failed',
      error: `http answered 500; restore: ${error}`,
      digest_after: '',
    });
  });

  it.each([aFailedHost(), aCompletedHost()])(
    'did not go back on the way back: $status',
    (before) => {
      const chunk = aChunk({ hosts: [before], commands: [aCommand({ action: 'restore' })] });

      const [host] = dropHosts(chunk, 1, ['i-01'], 'rollback_failed').hosts;

      expect(host).toMatchObject({ status: 'rollback_failed', phase: 'done', error });
    },
  );
});

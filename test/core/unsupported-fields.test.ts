import { describe, expect, it } from 'vitest';
import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { listUnsupported } from '#core/unsupported-fields.ts';
import { BASE } from './policy-boundaries/boundary.ts';

const WINDOW = {
  maintenance_window_start: '22:00',
  maintenance_window_end: '02:00',
  maintenance_window_zone: 'UTC',
};

function messagesOf(document: Record<string, unknown>): string[] {
  const parsed = parsePolicy({ ...BASE, ...document }, parseSettings({}));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const problems = listUnsupported(parsed.policy);
  expect(problems.every(({ code }) => code === 'not_yet_supported')).toBe(true);
  return problems.map(({ message }) => message);
}

describe('listUnsupported', () => {
  it.each([
    [
      { image_pattern: 'ghcr.io/acme/app:*' },
      'image_pattern: "ghcr.io/acme/app:*" is not supported yet; name a repository of the stack\'s own ECR',
    ],
  ])('refuses %j', (document, message) => {
    expect(messagesOf(document)).toEqual([message]);
  });

  it.each([
    {},
    { image_pattern: '/ghcr.io/acme/app:*' },
    {
      tag_choice: {
        type: 'semver',
        filter: { pattern: 'v' },
        ignore: ['rc'],
        minimum_age_minutes: 5,
      },
    },
    { tag_choice: { type: 'alphabetical' } },
    { tag_choice: { type: 'numerical' } },
    { tag_choice: { type: 'digest', tag: 'main' } },
    { pinned_digest: `sha256:${'a'.repeat(64)}` },
    { update_strategy: 'manual' },
    { update_strategy: 'auto' },
    { ...WINDOW, update_strategy: 'scheduled' },
    { spread: 'zones' },
    { hosts: ['i-01234567'], max_hosts: 5, max_unavailable: 2 },
    { on_newer: 'ignore', on_create: 'rollout' },
    { on_newer: 'queue' },
    { first_batch: ['i-01234567'] },
    { approval: { expires_after_hours: 48, requester_may_approve: true } },
    { freezes: [], first_batch: [] },
    WINDOW,
    { freezes: [{ from: '2026-12-20T00:00:00Z', to: '2027-01-01T00:00:00Z', why: 'x' }] },
    { health_check: { type: 'tcp', port: 80 } },
    { health_check: { type: 'docker_health' } },
    { health_check: { type: 'custom' } },
    { runtime: 'compose' },
    { runtime: 'command' },
    { run: { ports: ['8080:8080'] } },
    { notifications: [{ topic_arn: 'arn:aws:sns:eu-west-1:111122223333:ops' }] },
  ])('takes %j', (document) => {
    expect(messagesOf(document)).toEqual([]);
  });
});

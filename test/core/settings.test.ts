import { describe, expect, it } from 'vitest';
import { InvalidSettingsError, parseSettings, Settings } from '#core/settings.ts';

function messageOf(value: unknown): string {
  try {
    parseSettings(value);
    return 'no error';
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.message.split('\n').slice(1).join('\n');
    throw error;
  }
}

describe('parseSettings', () => {
  it.each([{}, undefined])('fills in every default of %j', (value) => {
    expect(parseSettings(value)).toEqual({
      MAX_FAILURE_RATE: 0.2,
      MAX_CONSECUTIVE_FAILURES: 3,
      MAX_UNKNOWN_RATE: 0.2,
      AUTO_ROLLBACK: true,
      ROLLBACK_TIMEOUT: 600,
      ALLOWED_REGISTRIES: ['hub.docker.com', 'ghcr.io', 'registry.example.com'],
      sweep_minutes: 15,
      deletion_protection: true,
      point_in_time_recovery: true,
      retain_tables: true,
      log_retention_days: 30,
      log_level: 'INFO',
      machine_logging: 'ERROR',
      tracing: false,
      chunk_concurrency: 40,
      chunks_per_second: 5,
      update_timeout_seconds: 600,
      delivery_timeout_seconds: 120,
    });
  });

  it.each([
    ['MAX_FAILURE_RATE', 1, 1.01, '1.01 is more than 1; give a share between 0 and 1'],
    ['MAX_FAILURE_RATE', 0, '0', '"0" is not a number; give a share between 0 and 1'],
    ['MAX_CONSECUTIVE_FAILURES', 1, 0, '0 is less than 1; give a whole number between 1 and 1000'],
    ['MAX_UNKNOWN_RATE', 0, -1, '-1 is less than 0; give a share between 0 and 1'],
    ['AUTO_ROLLBACK', false, 'no', '"no" is not true or false; give true or false'],
    ['ROLLBACK_TIMEOUT', 30, 29, '29 is less than 30; give whole seconds between 30 and 86400'],
    [
      'ALLOWED_REGISTRIES',
      [],
      'ghcr.io',
      '"ghcr.io" is not a list; give a list of at most 50 host names',
    ],
    ['sweep_minutes', 1440, 1441, '1441 is more than 1440; give whole minutes between 1 and 1440'],
    ['sweep_minutes', 1, 1.5, '1.5 is not a whole number; give whole minutes between 1 and 1440'],
    ['deletion_protection', false, null, 'null is not true or false; give true or false'],
    [
      'log_level',
      'DEBUG',
      'debug',
      '"debug" is not one of DEBUG, INFO, WARN, ERROR; give one of them in upper case',
    ],
    [
      'machine_logging',
      'OFF',
      false,
      'false is not one of ALL, ERROR, OFF; give one of them in upper case',
    ],
    [
      'chunk_concurrency',
      1000,
      1001,
      '1001 is more than 1000; give a whole number between 1 and 1000',
    ],
    ['chunks_per_second', 0.01, 0, '0 is less than 0.01; give a number between 0.01 and 100'],
    [
      'update_timeout_seconds',
      86_400,
      86_401,
      '86401 is more than 86400; give whole seconds between 30 and 86400',
    ],
    [
      'delivery_timeout_seconds',
      30,
      29,
      '29 is less than 30; give whole seconds between 30 and 3600',
    ],
    [
      'registry_host',
      'localhost:5000',
      'https://ghcr.io',
      '"https://ghcr.io" is not of the right form; give a host name in lower case, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com',
    ],
  ])('takes %s %j and refuses %j', (name, inside, outside, message) => {
    expect(messageOf({ [name]: inside })).toBe('no error');
    expect(messageOf({ [name]: outside })).toBe(`${name}: ${message}`);
  });

  it('takes only the days that CloudWatch Logs takes', () => {
    expect(parseSettings({ log_retention_days: 14 }).log_retention_days).toBe(14);
    expect(messageOf({ log_retention_days: 15 })).toContain('15 is not one of 1, 3, 5, 7, 14, 30');
  });

  it('names every problem at once, unknown names with a guess', () => {
    const message = messageOf({
      MAX_FAILURE_RATES: 0.1,
      tracing: 1,
      x: 'secret',
      ALLOWED_REGISTRIES: ['A'],
    });

    expect(message.split('\n')).toEqual([
      'ALLOWED_REGISTRIES.0: "A" is not of the right form; give a host name in lower case, such as ghcr.io or localhost:5000',
      'tracing: 1 is not true or false; give true or false',
      'MAX_FAILURE_RATES: is not a known field; did you mean MAX_FAILURE_RATE?',
      'x: is not a known field; remove it',
    ]);
  });

  it.each([null, 7, 'x', []])('refuses %j', (value) => {
    const expected = value === null ? 'no error' : 'is not a mapping';

    expect(messageOf(value)).toContain(expected);
  });

  it('reads what it gave', () => {
    const settings = parseSettings({ chunk_concurrency: 3 });

    expect(Settings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  });
});

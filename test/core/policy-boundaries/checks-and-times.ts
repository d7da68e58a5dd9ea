/** Health, thresholds, and fields that there are not. */
import { type Boundary, MALFORMED, row } from './boundary.ts';

const http = (endpoint: string) => ({ health_check: { type: 'http', endpoint } });

const RATE = 'give a share between 0 and 1';
const ENDPOINT =
  'give http or https on localhost, 127.0.0.1 or [::1], such as http://localhost:8080/health, without a query';

export const CHECKS_AND_TIMES: readonly Boundary[] = [
  row(
    'malformed',
    'health_check.endpoint',
    http('http://localhost:65535/'),
    http('http://localhost:65536/'),
    `"http://localhost:65536/" ${MALFORMED}; ${ENDPOINT}`,
  ),
  row(
    'malformed',
    'health_check.endpoint',
    http('https://127.0.0.1'),
    http('https://127.0.0.2'),
    `"https://127.0.0.2" ${MALFORMED}; ${ENDPOINT}`,
  ),
  row(
    'malformed',
    'health_check.endpoint',
    http('http://[::1]/a/b=c.d_e-f'),
    http('http://[::1]/a?b'),
    `"http://[::1]/a?b" ${MALFORMED}; ${ENDPOINT}`,
  ),
  row(
    'malformed',
    'health_check.endpoint',
    http(`http://localhost/${'p'.repeat(200)}`),
    http(`http://localhost/${'p'.repeat(201)}`),
    `"http://localhost/${'p'.repeat(63)}…" ${MALFORMED}; ${ENDPOINT}`,
  ),
  row(
    'malformed',
    'health_check.endpoint',
    http('http://localhost/'),
    http('http://admin:hunter2@localhost/'),
    `"http://***@localhost/" ${MALFORMED}; ${ENDPOINT}`,
  ),
  row(
    'malformed',
    'health_check.endpoint',
    http('http://localhost/x'),
    http('file:///etc/passwd'),
    `"file:///etc/passwd" ${MALFORMED}; ${ENDPOINT}`,
  ),
  row(
    'missing',
    'health_check.port',
    { health_check: { type: 'tcp', port: 1 } },
    { health_check: { type: 'tcp' } },
    'is missing; give a port between 1 and 65535',
  ),
  row(
    'too_large',
    'health_check.port',
    { health_check: { type: 'tcp', port: 65_535 } },
    { health_check: { type: 'tcp', port: 65_536 } },
    '65536 is more than 65535; give a port between 1 and 65535',
  ),
  row(
    'health_budget',
    'health_check_timeout_seconds',
    { health_check_timeout_seconds: 190 },
    { health_check_timeout_seconds: 189 },
    '189 is less than the 190 that health_check may take; raise it, or lower retry_count, interval_seconds or timeout_seconds',
  ),
  row(
    'health_budget',
    'health_check_timeout_seconds',
    { health_check_timeout_seconds: 10, health_check_enabled: false },
    { health_check_timeout_seconds: 10, health_check_enabled: true },
    '10 is less than the 190 that health_check may take; raise it, or lower retry_count, interval_seconds or timeout_seconds',
  ),
  row(
    'too_large',
    'soak_seconds',
    { soak_seconds: 86_400 },
    { soak_seconds: 86_401 },
    '86401 is more than 86400; give whole seconds between 0 and 86400',
  ),
  row(
    'too_large',
    'max_failure_rate',
    { max_failure_rate: 1 },
    { max_failure_rate: 1.5 },
    `1.5 is more than 1; ${RATE}`,
  ),
  row(
    'too_small',
    'max_failure_rate',
    { max_failure_rate: 0 },
    { max_failure_rate: -0.01 },
    `-0.01 is less than 0; ${RATE}`,
  ),
  row(
    'wrong_type',
    'max_unknown_rate',
    { max_unknown_rate: 0.5 },
    { max_unknown_rate: '20%' },
    `"20%" is not a number; ${RATE}`,
  ),
  row(
    'too_small',
    'max_consecutive_failures',
    { max_consecutive_failures: 1 },
    { max_consecutive_failures: 0 },
    '0 is less than 1; give a whole number between 1 and 1000',
  ),
  row(
    'too_small',
    'rollback_timeout_seconds',
    { rollback_timeout_seconds: 30 },
    { rollback_timeout_seconds: 29 },
    '29 is less than 30; give whole seconds between 30 and 86400',
  ),
  row(
    'not_one_of',
    'on_threshold',
    { on_threshold: 'rollback' },
    { on_threshold: 'ignore' },
    '"ignore" is not one of hold, rollback; leave it out for hold',
  ),
  row(
    'too_large',
    'approval.expires_after_hours',
    { approval: { expires_after_hours: 720 } },
    { approval: { expires_after_hours: 721 } },
    '721 is more than 720; give whole hours between 1 and 720',
  ),
  row(
    'malformed',
    'notifications.0.topic_arn',
    { notifications: [{ topic_arn: 'arn:aws:sns:eu-west-1:111122223333:ops' }] },
    { notifications: [{ topic_arn: 'arn:aws:sqs:eu-west-1:111122223333:ops' }] },
    `"arn:aws:sqs:eu-west-1:111122223333:ops" ${MALFORMED}; give the ARN of an SNS topic`,
  ),
  row(
    'unknown_field',
    'max_failure_rates',
    { max_failure_rate: 0.1 },
    { max_failure_rates: 0.1 },
    'is not a known field; did you mean max_failure_rate?',
  ),
  row(
    'unknown_field',
    'health_check.retries',
    { health_check: { type: 'container_running', retry_count: 3 } },
    { health_check: { type: 'container_running', retries: 3 } },
    'is not a known field; remove it',
  ),
  row('unknown_field', 'password', {}, { password: 'hunter2' }, 'is not a known field; remove it'),
];

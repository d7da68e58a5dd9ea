/** The policies and settings of the account: short waits, and one fleet that stays on v1. */
import { REGISTRY_FOR_HOSTS } from './account.ts';

export const SETTINGS = {
  registry_host: REGISTRY_FOR_HOSTS,
  delivery_timeout_seconds: 30,
  update_timeout_seconds: 30,
  sweep_minutes: 1,
  deletion_protection: false,
  retain_tables: false,
};

const WEB = {
  id: 'web',
  image_pattern: 'shop/web:*',
  container: 'web',
  run: { ports: ['8080:8080'] },
  fleet_id: 'production',
  tag_choice: { type: 'newest-push' },
  update_strategy: 'staged',
  staged_batches: ['1 host', 1],
  batch_delay_minutes: 0,
  health_check: {
    type: 'http',
    endpoint: 'http://localhost:8080/health',
    expected_status: 200,
    timeout_seconds: 2,
    retry_count: 2,
    interval_seconds: 1,
  },
  health_check_timeout_seconds: 30,
  max_failure_rate: 0.2,
  max_unknown_rate: 0.2,
  on_threshold: 'rollback',
  rollback_timeout_seconds: 60,
};

const { staged_batches: _, batch_delay_minutes: __, ...AT_ONCE } = WEB;
const REFERENCE = {
  ...AT_ONCE,
  id: 'web-reference',
  image_pattern: 'shop/web:v1',
  fleet_id: 'reference',
  update_strategy: 'auto',
};

export const POLICIES = [WEB, REFERENCE];

/** Silent hosts no longer hold the rollout. */
export const CHANGED_POLICIES = [{ ...WEB, max_unknown_rate: 0.7 }, REFERENCE];

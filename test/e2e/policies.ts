/** The policies and settings of the account: the guide's own policy with short waits, and one fleet that stays on v1. */
import { parse } from 'yaml';
import * as z from 'zod';
import { GUIDE_POLICY } from '../guide.ts';
import { REGISTRY_FOR_HOSTS } from './account.ts';
import { ACCOUNT_ID, REGION } from './surroundings.ts';

const Document = z.looseObject({ id: z.string(), staged_batches: z.unknown() });

export const SETTINGS = {
  registry_host: REGISTRY_FOR_HOSTS,
  delivery_timeout_seconds: 30,
  update_timeout_seconds: 30,
  sweep_minutes: 1,
  deletion_protection: false,
  retain_tables: false,
};

/** Who is told of the first fleet. */
export const TOPIC = 'shop-web';

/** What the guide has people write, but for the waits, and with people to tell. */
const WEB = {
  ...Document.parse(parse(GUIDE_POLICY)),
  batch_delay_minutes: 0,
  health_check: {
    type: 'http',
    endpoint: 'http://localhost:8080/health',
    timeout_seconds: 2,
    retry_count: 2,
    interval_seconds: 1,
  },
  health_check_timeout_seconds: 30,
  rollback_timeout_seconds: 60,
  notifications: [{ topic_arn: `arn:aws:sns:${REGION}:${ACCOUNT_ID}:${TOPIC}` }],
};

const { staged_batches: _, batch_delay_minutes: __, notifications: ___, ...AT_ONCE } = WEB;
const REFERENCE = {
  ...AT_ONCE,
  id: 'shop-web-reference',
  image_pattern: 'shop/web:v1',
  fleet_id: 'reference',
  update_strategy: 'auto',
};

export const POLICIES = [WEB, REFERENCE];

/** Silent hosts no longer hold the rollout. */
export const CHANGED_POLICIES = [{ ...WEB, max_unknown_rate: 0.7 }, REFERENCE];

/** Conditional writes. */
import { cut, type Guard } from './guard.ts';
import { bentOn, happens, often } from './likely.ts';

const STORE = 'aws/store.ts';
const ROLLOUTS = 'aws/rollout-store.ts';
const CHUNKS = 'aws/chunk-store.ts';

export const storeGuards: readonly Guard[] = [
  {
    guard: `${STORE} putVersioned: attribute_not_exists(#version)`,
    likely: often('zombie', 'message_doubled'),
    cuts: [
      cut(
        STORE,
        "'attribute_not_exists(#version)'",
        "'attribute_not_exists(#version) OR attribute_exists(#version)'",
      ),
    ],
  },
  {
    guard: `${STORE} putVersioned: #version = :version`,
    cuts: [
      cut(
        STORE,
        "              ConditionExpression: '#version = :version'",
        "ConditionExpression: '#version = :version OR attribute_exists(#version)'",
      ),
    ],
  },
  {
    guard: `${STORE} deleteVersioned: #version = :version`,
    likely: happens((doing) => doing.kind === 'remove_policy' && doing.isTaken),
    cuts: [
      cut(
        STORE,
        "Key: key,\n        ConditionExpression: '#version = :version'",
        "Key: key, ConditionExpression: '#version = :version OR attribute_exists(#version)'",
      ),
    ],
  },
  {
    guard: `${STORE} putNewItem: attribute_not_exists(#item)`,
    likely: often('zombie', 'lost_answer'),
    cuts: [
      cut(
        STORE,
        "'attribute_not_exists(#item)'",
        "'attribute_not_exists(#item) OR attribute_exists(#item)'",
      ),
    ],
  },
  {
    guard: `${CHUNKS} putTally: attribute_not_exists(#item) OR #round <= :round`,
    likely: bentOn('retries'),
    cuts: [
      cut(
        CHUNKS,
        "'attribute_not_exists(#item) OR #round <= :round'",
        "'attribute_not_exists(#item) OR #round <= :round OR attribute_exists(#item)'",
      ),
    ],
  },
  {
    guard: `${ROLLOUTS} notePublished: #seq < :seq`,
    likely: often('zombie', 'slow_answer'),
    cuts: [cut(ROLLOUTS, "'#seq < :seq'", "'#seq < :seq OR attribute_exists(#seq)'")],
  },
];

/**
 * EventBridge: buses, rules, targets, schedules.
 *
 * Services' own events (ECR, SSM, Step Functions) come in by `emit`; they are best effort, so that is
 * where faults act: `disturb` says for each event which copies arrive, and how late. What customers
 * put is checked as the service does: a source that begins with `aws.` is refused, entry by entry.
 *
 * An event of a service that no rule could take is not built: 100,000 hosts raise three each.
 */
import type { VirtualClock } from '../clock.ts';
import { drawMs, drawUuid, type Random, type RangeMs } from '../seeded-random.ts';
import type { Service } from '../service.ts';
import type { CloudEvent, RaisedEvent } from './cloud-event.ts';
import { compilePattern, type Matcher } from './pattern.ts';
import { putEvents } from './put-events.ts';
import { readRateMs } from './schedule.ts';

/** What a target gets: the event, or the constant that the rule's target names instead. */
export type Sink = (payload: unknown) => void;

export interface RuleDefinition {
  name: string;
  arn: string;
  busName: string;
  isEnabled: boolean;
  pattern?: unknown;
  schedule?: string;
  targets: readonly { id: string; send: Sink; input?: unknown }[];
}

interface Rule extends RuleDefinition {
  matches: Matcher | undefined;
  everyMs: number | undefined;
  cancel: () => void;
}

export interface EventBridgeOptions {
  clock: VirtualClock;
  random: Random;
  region: string;
  accountId: string;
  /** From an event's time to its targets. Default 100 to 1,000 ms. */
  deliveryMs?: RangeMs;
}

export class EventBridge implements Service {
  /**
   * Which copies of a service's event arrive, each by its extra delay: `[0]` is as it should be,
   * `[]` lost, `[0, 900]` doubled. Different delays of different events reorder them.
   */
  disturb: ((event: CloudEvent) => readonly number[]) | undefined;
  /** Every event of a bus other than the default one, as put. */
  readonly recorded: { busName: string; event: CloudEvent }[] = [];
  readonly #options: EventBridgeOptions;
  readonly #buses = new Set(['default']);
  readonly #rules: Rule[] = [];
  /** Whether schedules rest: a rule that is put meanwhile begins with the others. */
  #isPaused = false;

  constructor(options: EventBridgeOptions) {
    this.#options = options;
  }

  createBus(name: string): void {
    this.#buses.add(name);
  }

  hasBus(nameOrArn: string): boolean {
    return this.#buses.has(busNameOf(nameOrArn));
  }

  putRule(definition: RuleDefinition): void {
    if (!this.hasBus(definition.busName)) {
      throw new Error(
        `rule ${definition.name} is on bus ${definition.busName}, which is not there`,
      );
    }
    const rule: Rule = {
      ...definition,
      matches: definition.pattern === undefined ? undefined : compilePattern(definition.pattern),
      everyMs: definition.schedule === undefined ? undefined : readRateMs(definition.schedule),
      cancel: () => {},
    };
    this.#rules.push(rule);
    this.#armSchedule(rule);
  }

  /** Stops and starts again all schedules: what runs for ever would keep a cloud from coming to rest. */
  pauseSchedules(): void {
    this.#isPaused = true;
    for (const rule of this.#rules) rule.cancel();
  }

  resumeSchedules(): void {
    this.#isPaused = false;
    for (const rule of this.#rules) this.#armSchedule(rule);
  }

  /** An event of an AWS service of this account, on the default bus. */
  emit(event: RaisedEvent): void {
    const probe = { source: event.source, 'detail-type': event.detailType };
    if (!this.#rules.some((rule) => couldMatch(rule, probe))) return;
    const envelope = this.#envelope(event);
    for (const delayMs of this.disturb?.(envelope) ?? [0]) this.deliver(envelope, delayMs);
  }

  /** A whole event as it stands, such as one that another account forwarded. */
  deliver(event: CloudEvent, extraDelayMs = 0, busName = 'default'): void {
    const takers = this.#rules.filter(
      (rule) => rule.isEnabled && rule.busName === busName && rule.matches?.(event),
    );
    for (const rule of takers) {
      for (const target of rule.targets) this.#send(target, event, extraDelayMs);
    }
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    return putEvents(action, input, {
      hasBus: (name) => this.hasBus(name),
      put: (bus, event) => {
        const envelope = this.#envelope(event);
        const busName = busNameOf(bus);
        if (busName !== 'default') this.recorded.push({ busName, event: envelope });
        this.deliver(envelope, 0, busName);
        return envelope.id;
      },
    });
  }

  #send(target: RuleDefinition['targets'][number], event: CloudEvent, extraDelayMs = 0): void {
    const { clock, random, deliveryMs = [100, 1_000] } = this.#options;
    const atMs = clock.nowMs() + drawMs(random, deliveryMs) + extraDelayMs;
    clock.schedulePlain(atMs, () => {
      target.send(target.input ?? event);
    });
  }

  #envelope({ source, detailType, resources, detail }: RaisedEvent): CloudEvent {
    const { clock, random, region, accountId } = this.#options;
    return {
      version: '0',
      id: drawUuid(random),
      'detail-type': detailType,
      source,
      account: accountId,
      // Seconds: EventBridge cuts the fraction off.
      time: `${new Date(clock.nowMs()).toISOString().slice(0, 19)}Z`,
      region,
      resources,
      detail,
    };
  }

  #armSchedule(rule: Rule): void {
    const { clock } = this.#options;
    const { everyMs } = rule;
    rule.cancel();
    if (everyMs === undefined || !rule.isEnabled || this.#isPaused) return;
    rule.cancel = clock.schedule(clock.nowMs() + everyMs, () => {
      this.#armSchedule(rule);
      const event = this.#envelope({
        source: 'aws.events',
        detailType: 'Scheduled Event',
        resources: [rule.arn],
        detail: {},
      });
      for (const target of rule.targets) this.#send(target, event);
    });
  }
}

function couldMatch(rule: Rule, probe: { source: string; 'detail-type': string }): boolean {
  if (rule.matches === undefined || !rule.isEnabled || rule.busName !== 'default') return false;
  const pattern: unknown = rule.pattern;
  if (typeof pattern !== 'object' || pattern === null) return false;
  return (
    names(pattern, 'source', probe.source) && names(pattern, 'detail-type', probe['detail-type'])
  );
}

/** Whether the pattern's field is free, not a list of plain values, or names the value. */
function names(pattern: object, field: string, value: string): boolean {
  const wanted: unknown = Object.entries(pattern).find(([key]) => key === field)?.[1];
  if (!Array.isArray(wanted)) return true;
  return wanted.some((entry: unknown) => typeof entry !== 'string' || entry === value);
}

function busNameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1) : nameOrArn;
}

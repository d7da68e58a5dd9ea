/** The stack's template with the policies and settings of a world. Synthesized once; what differs is put in. */
import { parseSettings } from '#core/settings.ts';
import { synthesizeTemplate } from '#lib/longshore-app.ts';
import type { World } from './world.ts';

interface Resource {
  Properties?: Record<string, unknown>;
}

/** JSON, to be handed to other processes. */
export function synthesize(): string {
  return JSON.stringify(synthesizeTemplate());
}

export function templateOf(
  base: unknown,
  { policies, settings }: Pick<World, 'policies' | 'settings'>,
): unknown {
  const { Resources, ...rest } = base as { Resources: Record<string, Resource> };
  const parsed = parseSettings(settings);
  const [own, sweepMinutes] = [JSON.stringify(parsed), parsed.sweep_minutes];
  const entries = Object.entries(Resources).map(([id, resource]) => {
    const { Properties } = resource;
    if (typeof Properties?.['policies'] === 'string') {
      const changed = { ...Properties, policies: JSON.stringify(policies) };
      return [id, { ...resource, Properties: changed }];
    }
    if (Properties?.['ScheduleExpression'] !== undefined) {
      const changed = { ...Properties, ScheduleExpression: `rate(${sweepMinutes} minutes)` };
      return [id, { ...resource, Properties: changed }];
    }
    const environment = Properties?.['Environment'] as { Variables?: Record<string, unknown> };
    if (environment?.Variables?.['SETTINGS'] === undefined) return [id, resource];
    const Variables = { ...environment.Variables, SETTINGS: own };
    return [id, { ...resource, Properties: { ...Properties, Environment: { Variables } } }];
  });
  return { ...rest, Resources: Object.fromEntries(entries) };
}

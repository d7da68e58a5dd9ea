/** What runs before anything is touched, and why it may not be touched. */
import { findById, findNamed } from './containers.ts';
import { damaged, type Ending, failed, refused } from './ending.ts';
import type { Container } from './host-state.ts';
import { isCurrent, type Work } from './work.ts';

/**
 * The container that bears the name; the digest is the one that was asked for, where we asked. An ending
 * where the host cannot say.
 */
export function find(work: Work): Container | Ending | undefined {
  const { slot, faults } = work.ground;
  if (work.mode === 'command' && faults().custom !== undefined) return commandRefusal(work);
  const container = findNamed(slot, 'own');
  if (container === undefined) return undefined;
  work.id = container.id;
  work.old = container.digest;
  if (slot.damaged.has('current')) return damaged('current');
  work.old = (isCurrent(work, container) && slot.recorded?.digest) || container.digest;
  work.new = work.old;
  return container;
}

export function isEnding(found: Container | Ending | undefined): found is Ending {
  return found !== undefined && 'outcome' in found;
}

function commandRefusal({ ground }: Work): Ending {
  return ground.faults().custom === 'missing'
    ? refused(51, 'no_command: the file of the host’s owner is not there')
    : failed(50, 'custom_command: current= prints no digest');
}

/** Why what runs is left to those who made it so. */
export function refuse(work: Work): Ending | undefined {
  const { slot } = work.ground;
  const container = findById(slot, work.id);
  if (slot.recorded && !isCurrent(work, container)) {
    return refused(44, 'drift: another hand changed what runs');
  }
  if (work.mode !== 'recreate') return undefined;
  switch (container?.trait) {
    case 'managed':
      return refused(43, 'managed_by_compose: another orchestrator owns this container');
    case 'removes_itself':
      return refused(35, 'autoremove: a container with --rm cannot be kept');
    case 'depended_on':
      return refused(48, 'inspect_incomplete: another container shares its network');
    default:
      return undefined;
  }
}

/** Whether it was ourselves who left it unhealthy: then a fix forward must be possible. */
export function wasLeftUnhealthy(work: Work): boolean {
  const { slot } = work.ground;
  return isCurrent(work, findById(slot, work.id)) && slot.recorded?.healthy === false;
}

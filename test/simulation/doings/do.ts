/** Does what a happening says. What has nothing to act on is left undone. */
import type { Stage } from '../stage.ts';
import type { Happening } from '../world.ts';
import { redriveOne, stopOne } from './console.ts';
import {
  atWork,
  befall,
  doByHand,
  fallBehind,
  goOffline,
  join,
  reboot,
  repeat,
  untag,
  vanish,
} from './hosts.ts';
import { ask, makeRounds, returnTo, trigger } from './operators.ts';
import { fail } from './outages.ts';
import { edit, freeze, poison, removePolicy, renamePolicy } from './policies.ts';
import { deleteImage, deleteTag, push, pushAgain } from './pushes.ts';
import { deploySecond } from './second-stack.ts';

export function doIt(stage: Stage, happening: Happening): void {
  switch (happening.kind) {
    case 'push':
      push(stage, happening);
      break;
    case 'push_again':
      pushAgain(stage, happening);
      break;
    case 'delete_tag':
      deleteTag(stage, happening);
      break;
    case 'delete_image':
      deleteImage(stage, happening);
      break;
    case 'rounds':
      makeRounds(stage, happening.id);
      break;
    case 'ask':
      ask(stage, happening);
      break;
    case 'trigger':
      trigger(stage, happening);
      break;
    case 'return_to':
      returnTo(stage, happening);
      break;
    case 'Stop':
      stopOne(stage, happening);
      break;
    case 'Redrive':
      redriveOne(stage, happening);
      break;
    case 'reboot':
      atWork(stage, happening, () => reboot(stage, happening));
      break;
    case 'repeat':
      repeat(stage, happening);
      break;
    case 'offline':
      atWork(stage, happening, () => goOffline(stage, happening));
      break;
    case 'vanish':
      atWork(stage, happening, () => vanish(stage, happening));
      break;
    case 'join':
      join(stage);
      break;
    case 'untag':
      untag(stage, happening);
      break;
    case 'host_fault':
      befall(stage, happening);
      break;
    case 'clock_behind':
      fallBehind(stage, happening);
      break;
    case 'by_hand':
      doByHand(stage, happening);
      break;
    case 'edit':
      edit(stage, happening);
      break;
    case 'freeze':
      freeze(stage, happening);
      break;
    case 'remove_policy':
      removePolicy(stage, happening);
      break;
    case 'rename_policy':
      renamePolicy(stage, happening);
      break;
    case 'poison':
      poison(stage, happening);
      break;
    case 'second_stack':
      deploySecond(stage, happening);
      break;
    case 'outage':
      fail(stage, happening);
      break;
  }
}

/**
 * Which hosts a policy selects. Every selector that is given must match: a host of the fleet, with each
 * of the tags, and named in the list.
 *
 * Values hold no `*` and no `?`: EC2's and SSM's filters take them as wildcards, and a fleet named `*`
 * would be every fleet.
 */
import * as z from 'zod';
import { addFlaw } from './problem.ts';

const TAG_VALUE = /^[A-Za-z0-9_.:/=+@-](?:[A-Za-z0-9_.:/=+@ -]{0,254}[A-Za-z0-9_.:/=+@-])?$/;
/** `[^:]`: a tag key with a colon cannot be written here, since the first colon ends the key. */
const DEVICE_TAG = /^[A-Za-z0-9_./=+@-]{1,128}:./;
/** The pattern of SendCommand's InstanceIds. */
const HOST_ID = /^(?:i-(?:\w{8}|\w{17})|mi-\w{17})$/;

export const FleetId = z.string().regex(TAG_VALUE);
export const DeviceTag = z.string().refine(isDeviceTag);
export const HostId = z.string().regex(HOST_ID);

function isDeviceTag(text: string): boolean {
  return DEVICE_TAG.test(text) && TAG_VALUE.test(splitDeviceTag(text).value);
}

/** `region:us-east` → key `region`, value `us-east`: parted at the first colon. */
export function splitDeviceTag(text: string): { key: string; value: string } {
  const colon = text.indexOf(':');
  return { key: text.slice(0, colon), value: text.slice(colon + 1) };
}

/** The tag of a fleet. */
const FLEET_TAG = 'longshore:fleet';

/** The tags that a host must have for a policy, each key once. Whoever selects hosts or compares policies asks here. */
export function listHostTags(policy: {
  fleet_id?: string | undefined;
  device_tags: readonly string[];
}): { key: string; value: string }[] {
  const { fleet_id, device_tags } = policy;
  const fleet = fleet_id === undefined ? [] : [{ key: FLEET_TAG, value: fleet_id }];
  return [...fleet, ...device_tags.map(splitDeviceTag)];
}

/** A list whose entries differ in what `keyOf` says of them. */
export function uniqueList<T extends z.ZodType<string>>(
  entry: T,
  most: number,
  keyOf = (text: string) => text,
) {
  return z
    .array(entry)
    .max(most)
    .superRefine((entries, context) => {
      const seen = new Set<string>();
      for (const [index, text] of entries.entries()) {
        const key = keyOf(text);
        if (seen.has(key))
          addFlaw(context, { code: 'duplicate', what: 'stands there twice', path: [index] });
        seen.add(key);
      }
    });
}

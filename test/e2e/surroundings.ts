/** What the tests find around them: what run.ts made outside of the room, and where the account answers. */
import * as z from 'zod';

export const REGION = 'eu-west-1';
/** MiniStack's own. */
export const ACCOUNT_ID = '000000000000';
export const PORT = 4566;

/** What a person exports before they call `cdk`; the SDK's clients in the tests find it too. */
export const AWS_ENVIRONMENT = {
  AWS_ENDPOINT_URL: `http://127.0.0.1:${PORT}`,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
};

const Surroundings = z.object({
  /** Of the room: everything that a run writes is in it. */
  E2E_FOLDER: z.string(),
  /** Where the Docker Engine of the run listens. */
  E2E_ENGINE: z.string(),
  /** A python that has MiniStack. */
  E2E_PYTHON: z.string(),
  /** The tar file of a host's file system. */
  E2E_HOST_IMAGE: z.string(),
});

export type Surroundings = z.infer<typeof Surroundings>;

export function readSurroundings(): Surroundings {
  return Surroundings.parse(process.env);
}

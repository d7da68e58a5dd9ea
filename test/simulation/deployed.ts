/** That a deployment, made once more, leaves the table of policies as the files say. */
import { isDeepStrictEqual } from 'node:util';
import { LambdaError } from '#local/lambda/lambda-error.ts';
import { asList, readWireItem } from '#test/invariants/wire-item.ts';
import { STACK, type Stage } from './stage.ts';

/** What is not stored as its file says; nothing where the deployment is refused. */
export async function judgeDeployed({ cloud, documents }: Stage): Promise<string[]> {
  const written = [...documents.values()];
  try {
    await cloud.invoke(`${STACK}-apply-policies`, {
      RequestType: 'Update',
      ResourceProperties: { policies: JSON.stringify(written) },
    });
  } catch (error) {
    if (error instanceof LambdaError) return [];
    throw error;
  }
  const { Items = [] } = await cloud.dynamo.apply('Scan', { TableName: `${STACK}-policies` });
  const stored = asList(Items).map((item) => readWireItem(item).value['document']);
  return written
    .filter((document) => !stored.some((held) => isDeepStrictEqual(held, plain(document))))
    .map(({ id }) => `at rest: the policy ${String(id)} is not stored as it was deployed`);
}

function plain(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document));
}

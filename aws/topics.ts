/** SNS: a notice to a topic. What a topic refuses for good is an answer, for trying again would change nothing. */
import { PublishCommand, SNSClient, SNSServiceException } from '@aws-sdk/client-sns';
import type { Notice } from '#core/describe-notice.ts';
import type { Runtime } from './runtime.ts';

/** The topic is gone, or we may not write to it: a person has to mend it. All else may pass by itself. */
const REFUSALS = new Set([
  'AuthorizationErrorException',
  'EndpointDisabledException',
  'InvalidParameterException',
  'InvalidParameterValueException',
  'InvalidSecurityException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
  'KMSOptInRequired',
  'NotFoundException',
]);

export function openTopics(runtime: Runtime): SNSClient {
  return new SNSClient(runtime.clientConfig);
}

/** Why the topic refuses the notice; undefined where it took it. */
export async function sendNotice(
  client: SNSClient,
  topic: string,
  { subject, text, attributes }: Notice,
): Promise<string | undefined> {
  const command = new PublishCommand({
    TopicArn: topic,
    Subject: subject,
    MessageStructure: 'json',
    // Of more than 1,600 characters SNS makes no text message.
    Message: JSON.stringify({ default: text, sms: subject }),
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [
        name,
        { DataType: 'String', StringValue },
      ]),
    ),
  });
  try {
    await client.send(command);
    return undefined;
  } catch (error) {
    if (error instanceof SNSServiceException && REFUSALS.has(error.name)) {
      return `${error.name}: ${error.message}`;
    }
    throw error;
  }
}

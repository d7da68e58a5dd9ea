/** What AWS refuses, in words that say how to go on. */

/** The sentence for people; undefined for what is a defect of ours. */
export function explainFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (/Region is missing/.test(message)) {
    return 'no region is set; give --region eu-west-1, or set AWS_REGION';
  }
  if (
    /Credential|ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId/.test(name)
  ) {
    return `AWS does not take the credentials (${message}); log in, or choose others with AWS_PROFILE`;
  }
  if (/AccessDenied|Unauthorized/.test(name)) {
    return `AWS does not allow it: ${message}; what each command needs stands in docs/cli.md`;
  }
  if (name === 'ResourceNotFoundException' || name === 'StateMachineDoesNotExist') {
    return 'there is no such stack in this account and region; name others with --stack and --region';
  }
  if (name === 'ThrottledError') return `${message}; try again in a minute`;
  if (name === 'UnreadableItemError') return message;
  if ('$metadata' in error) return `AWS: ${name}: ${message}`;
  if ('code' in error && /^E[A-Z]+$/.test(String(error.code))) return `${message} (${error.code})`;
  return undefined;
}

/** What `cdk` runs. A mistake in the settings or the policies is said in its own words, without a trace. */
import { App } from 'aws-cdk-lib';
import { InvalidPoliciesError } from '#core/policy-files.ts';
import { InvalidSettingsError } from '#core/settings.ts';
import { addLongshore } from '#lib/longshore-app.ts';
import { addNagChecks } from '#lib/nag.ts';

try {
  const app = new App({ analyticsReporting: false });
  addLongshore(app);
  addNagChecks(app);
} catch (error) {
  if (!(error instanceof InvalidSettingsError || error instanceof InvalidPoliciesError))
    throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

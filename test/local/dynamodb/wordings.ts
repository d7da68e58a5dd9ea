/** The wordings in which the oracles differ from the service; each is met by some edge. */
import type { Wording } from './agreement.ts';

const same = (because: string, ours: RegExp, theirs: RegExp): Wording => ({
  ours,
  theirs,
  because,
});

export const DYNALITE_WORDINGS: readonly Wording[] = [
  same('its parser says what it expected', /Syntax error; token:/, /Syntax error; Expected/),
  same(
    'takes a function of another expression for none',
    /function is not allowed in an? \w+ expression; function: \w+$/,
    /Invalid function name; function: \w+$/,
  ),
  same(
    'leaves out which types are allowed',
    /operand type: \w+, typeSet: ALLOWED_FOR_\w+_OPERAND$/,
    /operator: \w+, operand type: \w+$/,
  ),
  same(
    'tells a computed index key from one that is given',
    /Type mismatch for Index Key n Expected: N Actual: S/,
    /attempted to update the secondary index key to unsupported type$/,
  ),
  same(
    'words an empty key otherwise',
    /are not valid\. The AttributeValue for a key/,
    /were invalid: The AttributeValue for a key/,
  ),
  same(
    'checks keys as keys first',
    /^Key attributes must be scalars/,
    /cannot have conditions on nested/,
  ),
  same(
    'checks keys as filters first',
    /^Key attributes must be scalars/,
    /^Filter Expression can only contain/,
  ),
  same(
    'explains a start of a scan',
    /^The provided starting key is invalid$/,
    /^The provided starting key is invalid: The provided key/,
  ),
  same(
    'explains a start of a scan',
    /^The provided key element does not/,
    /^The provided starting key is invalid: The provided key/,
  ),
  same(
    'does not name the key of a batch',
    /Missing the key s|Type mismatch for key p/,
    /^The provided key element does not/,
  ),
  same(
    'shows the whole request',
    /'requestItems.main' failed/,
    /Map value must satisfy constraint/,
  ),
  same(
    'shows the whole request',
    /^Too many items requested for the BatchWrite/,
    /'requestItems' failed to satisfy/,
  ),
  same(
    'shows all keys',
    /^Too many items requested for the BatchGet/,
    /less than or equal to 100$/,
  ),
];

/** DynamoDB Local mostly says less than the service, whose words dynalite's authors recorded. */
export const LOCAL_WORDINGS: readonly Wording[] = [
  same('lists types in its own order', /valid types: \{B,NULL/, /valid types: \{.*\}$/),
  same(
    'names types that nobody else has',
    /operand type: \{NS,SS/,
    /operand type: \{.*\bDECIMALSET\b/,
  ),
  same(
    'does not show the number',
    /cannot be converted to a numeric value/,
    /be converted into a number/,
  ),
  same(
    'words the precision otherwise',
    /^Attempting to store more than 38/,
    /only supports precision up to 38/,
  ),
  same('leaves out a full stop', /\] contains duplicates\./, /\] contains duplicates/),
  same('does not show the set', /\]of type BS contains duplicates/, /collection of type BS/),
  same(
    'does not name the index',
    /Type mismatch for Index Key [gn] Expected/,
    /Type mismatch for Index Key$/,
  ),
  same(
    'knows of three types for keys',
    /Type mismatch for (Index Key g|key s)/,
    /^Invalid attribute value type$/,
  ),
  same('does not name the key', /Type mismatch for key p expected/, /Type mismatch for key$/),
  same(
    'does not name the key',
    /Missing the key [ps] in the item$/,
    /required keys was not given a value$/,
  ),
  same(
    'says more of a key',
    /^The provided key element does not/,
    /conditions on the keys is invalid$/,
  ),
  same(
    'says more of a key',
    /^The provided key element does not/,
    /required keys was not given a value$/,
  ),
  same('says more of a key', /^The provided key element does not/, /Type mismatch for key$/),
  same(
    'says more of a key',
    /^The provided key element does not/,
    /^Type mismatch for attribute to update$/,
  ),
  same(
    'has one text for both keys',
    /Size of hashkey|Aggregated size/,
    /^Hash primary key values must be under/,
  ),
  same(
    'says less',
    /^Nesting Levels have exceeded supported limits: /,
    /^Nesting Levels have exceeded supported limits$/,
  ),
  same(
    'says less',
    /at 'returnValues' failed|^ReturnValues can only/,
    /^Return values set to invalid value$/,
  ),
  same('says less', /at 'limit' failed to satisfy/, /^Limit must be greater than or equal to 1$/),
  same('says less', /at 'select' failed to satisfy/, /^Select must be/),
  same('says less', /missed key schema element: [psg]$/, /missed key schema element$/),
  same(
    'words a missing table otherwise',
    /^Requested resource not found$/,
    /on a non-existent table$/,
  ),
  same(
    'words a wrong name otherwise',
    /at 'tableName' failed to satisfy/,
    /^Invalid table\/index name/,
  ),
  same('does not count errors', /^1 validation error detected: Value null at/, /^Value null at/),
  same(
    'words a missing item otherwise',
    /at 'item' failed to satisfy/,
    /^Item to put in PutItem cannot be null$/,
  ),
  same(
    'takes a partition for a range',
    /outside query boundaries/,
    /does not match the range key predicate$/,
  ),
  same(
    'says more of a start',
    /^The provided starting key is invalid$/,
    /must have same size as table's key schema$/,
  ),
  same(
    'words an empty batch otherwise',
    /at 'requestItems/,
    /batch write request list|BatchWriteItem cannot|list of keys in|BatchGetItem must/,
  ),
];

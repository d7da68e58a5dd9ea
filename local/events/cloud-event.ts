/** An event as rules see it and targets get it: the envelope of EventBridge. */
export interface CloudEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: readonly string[];
  detail: Readonly<Record<string, unknown>>;
}

/** What whoever raises an event says; the rest of the envelope is the bus's. */
export interface RaisedEvent {
  source: string;
  detailType: string;
  resources: readonly string[];
  detail: Readonly<Record<string, unknown>>;
}

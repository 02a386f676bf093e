import { Slug } from '#contract/manufacturing.ts';
import { MQTT_ROOT, topics } from '#contract/mqtt-topics.ts';

/**
 * What each MQTT user may do. One rule covers every lab, since its id is its user name: write `up/#`, read `down/#`
 * and the coordinator's state. The same rule for another broker stands in the description of `MQTT_URL`.
 */

/** Not a slug, so that no lab can be called like it. */
export const COORDINATOR_USER = '$coordinator';

/** A lab keeps one connection, named after it: nobody else can push it off the broker by taking its client name. */
export function clientIdOf(lab: string): string {
  return `bridge-${lab}`;
}

export function mayPublish(user: string, topic: string): boolean {
  if (user === COORDINATOR_USER) return true;
  return Slug.safeParse(user).success && topic.startsWith(`${MQTT_ROOT}/${user}/up/`);
}

/** Whether a subscription's filter stays inside what the user may read. */
export function maySubscribe(user: string, filter: string): boolean {
  if (user === COORDINATOR_USER) return true;
  if (!Slug.safeParse(user).success) return false;
  return filter === topics.coordinator || filter.startsWith(`${MQTT_ROOT}/${user}/down/`);
}

/** Second lock on delivery: whatever was subscribed, a lab only ever receives its own topics. */
export function mayReceive(user: string, topic: string): boolean {
  return maySubscribe(user, topic);
}

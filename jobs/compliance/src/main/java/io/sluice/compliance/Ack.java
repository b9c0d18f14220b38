package io.sluice.compliance;

/**
 * An instance of the gate knows the register of an organization up to a number, and lets nothing pass that is contrary to it.
 *
 * @param instance 0, 1, …
 * @param instances how many there are
 * @param again id of an erasure that has to look once more, since a conversation has learned whose it is; empty: none
 */
public record Ack(int instance, int instances, String orgId, long number, String again) {}

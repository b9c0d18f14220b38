package io.sluice.core.spend;

/**
 * That something of a session happened at a time.
 *
 * @param sequence {@code event.sequence}, which counts from 0 in every client process; -1: not known
 * @param usage a billable request was reported
 * @param processStart a client process began (a point of {@code claude_code.session.count})
 */
public record Evidence(long timeMicros, long sequence, boolean usage, boolean processStart) {}

package io.sluice.transcripts;

/**
 * A row of a daily report.
 *
 * @param day UTC, ISO
 * @param model with {@code -fast} appended for fast mode
 */
record DayModel(String day, String model) {}

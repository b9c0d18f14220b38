/**
 * A seeded organization of Claude Code users: the OTLP requests that its clients send, and the exact spend behind them.
 * What is simulated, and every option: {@code README.md} of this module.
 */
@org.jspecify.annotations.NullMarked
package io.sluice.simulator;

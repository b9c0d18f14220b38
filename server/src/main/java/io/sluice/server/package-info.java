/** The server process: telemetry in over OTLP (HTTP and gRPC), spend, ledger and administration out over REST. */
@org.jspecify.annotations.NullMarked
package io.sluice.server;

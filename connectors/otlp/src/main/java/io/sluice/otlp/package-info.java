/** OTLP requests, protobuf and JSON, to the records of the contract. No HTTP, no Kafka, no clock. */
@NullMarked
package io.sluice.otlp;

import org.jspecify.annotations.NullMarked;

/** The records on Kafka (generated from {@code sluice.avdl}), their topics and keys. */
@org.jspecify.annotations.NullMarked
package io.sluice.schema;

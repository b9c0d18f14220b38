package io.sluice.simulator;

import com.google.protobuf.MessageLite;
import java.util.Map;

/** What a client process hands to its exporter at one moment. See {@link Batch} for the parts. */
record Export(Signal signal, long atMillis, MessageLite request, int records, Map<SpendKey, SpendTotals> spend) {}

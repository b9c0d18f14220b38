package io.sluice.spend;

import io.sluice.core.spend.PriceBook;
import io.sluice.elasticsearch.DocumentWrite;
import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.metrics.Counter;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a document of each report that names its user. Nothing about it changes later: its version is always 1. */
final class ReportDocuments extends RichFlatMapFunction<byte[], DocumentWrite> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(ReportDocuments.class);

    private transient PriceBook prices;
    private transient Counter failed;

    @Override
    public void open(OpenContext openContext) {
        prices = PriceBook.bundled();
        failed = getRuntimeContext().getMetricGroup().counter("failedDocuments");
    }

    @Override
    public void flatMap(byte[] event, Collector<DocumentWrite> out) {
        try {
            out.collect(Documents.report(event, null, 1, prices));
        } catch (IOException | ArithmeticException | IllegalArgumentException e) {
            // It was read before, and counts; that it cannot be shown may not stop the job for everybody.
            failed.inc();
            LOG.error(
                    "A report of {} bytes cannot be made a document: {}", event.length, String.valueOf(e.getMessage()));
        }
    }
}

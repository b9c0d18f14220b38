package io.sluice.spend;

import io.sluice.core.spend.PriceBook;
import io.sluice.elasticsearch.DocumentWrite;
import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Makes a document of each report that names its user. Nothing about it changes later: its version is always 1. */
final class ReportDocuments extends RichMapFunction<byte[], DocumentWrite> {
    private static final long serialVersionUID = 1L;

    private transient PriceBook prices;

    @Override
    public void open(OpenContext openContext) {
        prices = PriceBook.bundled();
    }

    @Override
    public DocumentWrite map(byte[] event) throws IOException {
        return Documents.report(event, null, 1, prices);
    }
}

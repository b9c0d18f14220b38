package io.sluice.runtime;

import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.elasticsearch.ElasticsearchSink;
import org.apache.flink.configuration.ReadableConfig;

/** The end of a job that is Elasticsearch. */
public final class ElasticsearchEdge {
    /** What somebody said is to be found soon. */
    private static final long CONTENT_WAITS_MILLIS = 100;

    private ElasticsearchEdge() {}

    /** Whether the job is to write there at all. */
    public static boolean isWanted(ReadableConfig options) {
        return !options.get(EdgeOptions.ELASTICSEARCH).equals(EdgeOptions.NONE);
    }

    /** @param kafka where dead letters of refused documents go */
    public static ElasticsearchSink sink(ReadableConfig options, KafkaEdges kafka) {
        return builder(options, kafka).build();
    }

    /** As {@link #sink}, for documents that may have to be erased: no checkpoint ever holds one. */
    public static ElasticsearchSink sinkOfContent(ReadableConfig options, KafkaEdges kafka) {
        return builder(options, kafka)
                .setMaxTimeInBufferMS(CONTENT_WAITS_MILLIS)
                .setDrainBeforeCheckpoint(true)
                .build();
    }

    /** For what writes there by itself. */
    public static ElasticsearchConnection connection(ReadableConfig options) {
        ElasticsearchConnection connection = ElasticsearchConnection.to(options.get(EdgeOptions.ELASTICSEARCH));
        String passwordFile = options.get(EdgeOptions.ELASTICSEARCH_PASSWORD_FILE);
        if (passwordFile != null) {
            connection = connection.withPasswordFile(options.get(EdgeOptions.ELASTICSEARCH_USER), passwordFile);
        }
        return connection;
    }

    private static ElasticsearchSink.Builder builder(ReadableConfig options, KafkaEdges kafka) {
        return ElasticsearchSink.builder(connection(options)).setOnRejected(new RefusedDocuments(kafka));
    }
}

package io.sluice.server;

import io.sluice.schema.Codec;
import io.sluice.schema.Micros;
import io.sluice.schema.Token;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that has to be true of Kafka before the server can work: the topics exist, the tokens are known, the admin
 * token is among them. Runs in a thread of its own, which afterwards follows the topic {@code tokens}; Kafka may be
 * down at start and at any time later.
 */
final class Kafka implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Kafka.class);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final String TOKENS = Topic.TOKENS.topicName();
    private static final Codec<Token> TOKEN = Codec.of(Token.class);

    private final Settings settings;
    private final TokenRegistry registry;
    private final Publisher publisher;
    private final String adminSecret;
    private final Thread thread;
    private final CompletableFuture<Void> prepared = new CompletableFuture<>();
    private final CompletableFuture<Void> closing = new CompletableFuture<>();

    Kafka(Settings settings, TokenRegistry registry, Publisher publisher, String adminSecret) {
        this.settings = settings;
        this.registry = registry;
        this.publisher = publisher;
        this.adminSecret = adminSecret;
        this.thread = new Thread(this::run, "sluice-tokens");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Whether topics and tokens are known to be there. Until then nothing may be sent: a topic must not be created by a send, with the wrong settings. */
    boolean ready() {
        return prepared.isDone();
    }

    /** Completes when {@link #ready()} turns true. */
    CompletableFuture<Void> prepared() {
        return prepared.copy();
    }

    /** Publishes a version of a token and completes when Kafka has it. */
    CompletableFuture<Void> publish(Token token, TokenVersion version) {
        Publisher.Publication publication = publisher.begin();
        publication.send(Topic.TOKENS, version.key(token).getBytes(StandardCharsets.UTF_8), token);
        return publication.end().thenRun(() -> registry.put(token));
    }

    private void run() {
        boolean complained = false;
        while (!closing.isDone()) {
            try {
                createTopics();
                try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerConfig())) {
                    follow(consumer);
                }
            } catch (KafkaException | ExecutionException | TimeoutException e) {
                if (!complained) {
                    LOG.warn(
                            "Kafka at {} cannot be used, trying again every second: {}",
                            settings.kafkaBootstrapServers(),
                            e.toString());
                    complained = true;
                }
                pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void pause() {
        try {
            closing.get(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // The ordinary end of a pause.
        } catch (ExecutionException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void createTopics() throws ExecutionException, InterruptedException, TimeoutException {
        try (Admin admin = Admin.create(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrapServers(),
                CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 5000,
                CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, 5000))) {
            Set<String> existing = admin.listTopics().names().get(10, TimeUnit.SECONDS);
            List<NewTopic> missing = Arrays.stream(Topic.values())
                    .filter(topic -> !existing.contains(topic.topicName()))
                    .map(topic -> new NewTopic(
                                    topic.topicName(), Optional.of(settings.topicPartitions()), Optional.empty())
                            .configs(topic.settings()))
                    .toList();
            for (var created : admin.createTopics(missing).values().entrySet()) {
                try {
                    created.getValue().get(10, TimeUnit.SECONDS);
                    LOG.info("Created topic {}", created.getKey());
                } catch (ExecutionException e) {
                    // Somebody else was faster.
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                }
            }
        }
    }

    private Map<String, Object> consumerConfig() {
        Map<String, Object> config = new HashMap<>();
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrapServers());
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5000);
        config.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5000);
        return config;
    }

    private void follow(KafkaConsumer<byte[], byte[]> consumer) throws InterruptedException {
        List<TopicPartition> partitions = consumer.partitionsFor(TOKENS).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            // A broker that has just started may not know them yet. To have read none of them is not to know the
            // tokens.
            throw new KafkaException(TOKENS + ": no partitions (expected: at least one)");
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (!closing.isDone()) {
            if (!prepared.isDone()
                    && partitions.stream().allMatch(p -> consumer.position(p) >= ends.getOrDefault(p, 0L))) {
                finish();
            }
            for (ConsumerRecord<byte[], byte[]> received : consumer.poll(Duration.ofMillis(500))) {
                take(received);
            }
        }
    }

    /** A record that is no token must not keep all others from being used. */
    private void take(ConsumerRecord<byte[], byte[]> received) {
        try {
            if (received.value() != null) {
                registry.put(TOKEN.decode(received.value()));
            }
        } catch (IOException e) {
            LOG.error(
                    "{}-{} offset {}: not a token, passed over",
                    received.topic(),
                    received.partition(),
                    received.offset());
        }
    }

    /** The topic has been read to its end. */
    private void finish() throws InterruptedException {
        if (registry.find(adminSecret).isEmpty()) {
            String hash = Secret.sha256(adminSecret);
            Token token = Token.newBuilder()
                    .setId("tok_" + hash.substring(0, 24))
                    .setOrgId(settings.defaultOrganization())
                    .setName("admin")
                    .setSha256(hash)
                    .setScopes(List.of(Scope.ADMIN.scopeName()))
                    .setCreatedAt(Micros.of(Instant.now()))
                    .build();
            try {
                publish(token, TokenVersion.CREATED).get(30, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                throw new KafkaException("the admin token could not be published", e);
            }
        }
        registry.markReady();
        prepared.complete(null);
        LOG.info("Kafka is ready, {} tokens known", registry.all().size());
    }

    @Override
    public void close() {
        closing.complete(null);
        try {
            thread.join(3000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

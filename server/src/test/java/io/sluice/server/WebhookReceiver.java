package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/** A receiver of webhooks on this machine, whose answers a test decides. */
final class WebhookReceiver implements AutoCloseable {
    record Received(Headers headers, byte[] bytes, JsonNode body, long nanos) {
        String header(String name) {
            return String.valueOf(headers.getFirst(name));
        }

        String organization() {
            return body.path("data").path("organization").asText();
        }
    }

    private static final int LONG = 1024 * 1024;

    /**
     * A status of 200 comes with a long body.
     *
     * @param header name and value in turn
     */
    record Answer(int status, String... header) {}

    private final HttpServer server;
    private final List<Received> received = new ArrayList<>();
    private volatile Function<Received, Answer> answers;

    WebhookReceiver(Function<Received, Answer> answers) throws IOException {
        this.answers = answers;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", exchange -> {
            byte[] bytes = exchange.getRequestBody().readAllBytes();
            Received one = new Received(
                    exchange.getRequestHeaders(), bytes, RunningServer.JSON.readTree(bytes), System.nanoTime());
            Answer answer = this.answers.apply(one);
            for (int i = 0; i < answer.header().length; i += 2) {
                exchange.getResponseHeaders().set(answer.header()[i], answer.header()[i + 1]);
            }
            synchronized (received) {
                received.add(one);
                received.notifyAll();
            }
            exchange.sendResponseHeaders(answer.status(), answer.status() == 200 ? LONG : -1);
            try (exchange) {
                if (answer.status() == 200) {
                    exchange.getResponseBody().write(new byte[LONG]);
                }
            } catch (IOException e) {
                // The sender has read enough.
            }
        });
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/billing?customer=1";
    }

    void answers(Function<Received, Answer> next) {
        answers = next;
    }

    /** What has come for an organization, in order. */
    List<Received> of(String organization) {
        synchronized (received) {
            return received.stream()
                    .filter(each -> each.organization().equals(organization))
                    .toList();
        }
    }

    /** Waits until what has come for an organization is as it should be. */
    List<Received> await(String organization, Predicate<List<Received>> condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        synchronized (received) {
            while (!condition.test(of(organization))) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("received for " + organization + ": "
                            + of(organization).stream().map(Received::body).toList());
                }
                received.wait(left);
            }
            return of(organization);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

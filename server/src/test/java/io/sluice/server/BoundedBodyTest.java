package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class BoundedBodyTest {
    private static final int LIMIT = 100_000;

    private final ByteBudget budget = new ByteBudget(10 * LIMIT);

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    @Test
    void readsUpToTheLimit() throws IOException {
        byte[] content = new byte[LIMIT];
        Arrays.fill(content, (byte) 7);
        try (ByteBudget.Lease lease = budget.open();
                BoundedBody body = new BoundedBody(gzip(content), LIMIT, lease)) {
            assertThat(body.readAllBytes()).isEqualTo(content);
            assertThat(budget.used()).isEqualTo(LIMIT);
        }
        assertThat(budget.used()).isZero();
    }

    @Test
    void cutsABombAtTheLimit() throws IOException {
        byte[] bomb = gzip(new byte[50_000_000]);
        try (ByteBudget.Lease lease = budget.open();
                BoundedBody body = new BoundedBody(bomb, LIMIT, lease)) {
            assertThatThrownBy(body::readAllBytes).extracting("kind").isEqualTo(Refusal.Kind.TOO_LARGE);
            assertThat(budget.used()).isLessThanOrEqualTo(LIMIT);
        }
    }

    @Test
    void aBodyThatSpendsTheBudgetIsToldToComeAgain() throws IOException {
        ByteBudget small = new ByteBudget(ByteBudget.LEAST + 10);
        try (ByteBudget.Lease lease = small.open();
                BoundedBody body = new BoundedBody(gzip(new byte[LIMIT]), LIMIT, lease)) {
            assertThatThrownBy(body::readAllBytes).extracting("kind").isEqualTo(Refusal.Kind.UNAVAILABLE);
            assertThat(small.used()).isEqualTo(ByteBudget.LEAST);
        }
        assertThat(small.used()).isZero();
    }

    @Test
    void aLeaseIsFreeWhenItsLastHolderIsDone() {
        ByteBudget.Lease lease = budget.open();
        ByteBudget.Lease worker = lease.retain();
        lease.growTo(5000);
        lease.close();
        assertThat(budget.used()).isEqualTo(5000);
        worker.close();
        assertThat(budget.used()).isZero();
    }

    @Test
    void manyTinyRequestsAreBoundedToo() {
        ByteBudget small = new ByteBudget(2 * ByteBudget.LEAST);
        try (ByteBudget.Lease first = small.open();
                ByteBudget.Lease second = small.open()) {
            assertThat(first).isNotSameAs(second);
            assertThatThrownBy(small::open).extracting("kind").isEqualTo(Refusal.Kind.UNAVAILABLE);
        }
        small.open().close();
        assertThat(small.used()).isZero();
    }
}

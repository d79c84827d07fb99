package dev.parley.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.bench.report.Figure;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileSharesTest {
    private static final String THREAD = "java/lang/Thread.run_[j];";
    private static final String WORKER = "org/xnio/nio/WorkerThread.run_[j];";

    @Test
    void eachStackCountsForOnePart() {
        assertThat(ProfileShares.of(List.of(
                        WORKER + "sun/nio/ch/SocketDispatcher.writev_[j];writev;tcp_sendmsg_[k] 30",
                        WORKER + "sun/nio/ch/SocketDispatcher.read_[j];read;tcp_recvmsg_[k] 5",
                        WORKER + "sun/nio/ch/EPoll.wait_[j];epoll_wait;schedule_[k] 5",
                        WORKER + "java/util/ArrayList.add_[j] 10",
                        WORKER + "dev/parley/server/endpoint/ChatEndpoint.text_[j];java/lang/String.length_[j] 20",
                        THREAD + "dev/parley/server/store/GroupCommit.run_[j];org/h2/mvstore/Page.write_[j] 10",
                        "start_thread;GangWorker::run;G1ParScanThreadState::trim_queue 5",
                        THREAD + "CompileBroker::compiler_thread_loop;C2Compiler::compile_method 10",
                        "start_thread;WatcherThread::run 5")))
                .isEqualTo(Map.of(
                        Figure.SHARE_SEND, 30.0,
                        Figure.SHARE_RECEIVE, 10.0,
                        Figure.SHARE_SERVER, 10.0,
                        Figure.SHARE_PARLEY, 20.0,
                        Figure.SHARE_DATABASE, 10.0,
                        Figure.SHARE_COLLECTOR, 5.0,
                        Figure.SHARE_COMPILER, 10.0,
                        Figure.SHARE_OTHER, 5.0));
    }

    @Test
    void otherSystemCallsCountForWhoCalled() {
        assertThat(ProfileShares.of(List.of(
                        THREAD
                                + "dev/parley/server/fanout/EventLoop.run_[j];"
                                + "jdk/internal/misc/Unsafe.park_[j];futex_[k] 1",
                        WORKER + "org/h2/store/fs/FilePath.write_[j];pwrite;vfs_write_[k] 3")))
                .isEqualTo(Map.of(Figure.SHARE_PARLEY, 25.0, Figure.SHARE_DATABASE, 75.0));
    }
}

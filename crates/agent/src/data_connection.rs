//! The life of a data connection, whoever is served: arrival, second leg, the transfer's beginning, TLS, relay.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use ttls_ftp::{DataDirection, DataId, DataResult};
use ttls_policy::{ActionSet, Direction};
use ttls_tls::{HandshakeError, SecondaryStream};

use crate::connection::{ConnId, Connection, Map, Origin};
use crate::drain::Watch;
use crate::eager;
use crate::limits::Limits;
use crate::outcome::{Ended, Outcome};
use crate::relay::{CompleteWhen, OuterStream, linger, relay};
use crate::table::Table;

/// How long the receiving leg of a broken upload outlives it, for the receiver to hear of it by ABOR first.
const GIVES_UP: Duration = Duration::from_millis(500);

/// What the control session tells a data connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Command {
    /// The transfer began.
    Open(Opening),
    /// The expectation is void.
    Cancel,
    /// Reset both legs (ABOR).
    Abort,
}

/// How a data connection is to be carried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) protect: bool,
    pub(crate) direction: DataDirection,
}

/// What a data connection tells its control session.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) id: DataId,
    pub(crate) result: DataResult,
}

/// How a data connection ended.
pub(crate) enum End {
    /// The session does not want to hear of it.
    Cancelled,
    /// The session waits for this result.
    Failed(DataResult, Ended),
    /// The session has been told already; it lets go of the connection when its final reply has been passed on.
    Delivered(Ended),
}

/// What all data connections of one control connection share, whoever is served.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) actions: Arc<ActionSet>,
    pub(crate) limits: Limits,
    /// The name that the client logged in with.
    pub(crate) user: Option<String>,
    pub(crate) news: mpsc::Sender<News>,
    /// Data connections delay the end of the agent as their session does.
    pub(crate) watch: Watch,
    /// Connections of all sessions that only wait for their peer's end.
    pub(crate) lingering: Arc<Semaphore>,
    pub(crate) table: Arc<Table>,
    /// The control connection.
    pub(crate) primary: ConnId,
}

/// The two connections of a data connection.
pub(crate) struct Legs {
    pub(crate) inner: TcpStream,
    pub(crate) outer: TcpStream,
}

/// A data connection as it is first known.
pub(crate) struct Begun {
    pub(crate) interceptor: &'static str,
    pub(crate) direction: Direction,
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
}

/// What differs between the data connections of a daemon's sessions and of a client's.
pub(crate) trait Carrier: Send + Sync {
    /// Where the two legs come from.
    type Route: Send;

    /// What is shared.
    fn facts(&self) -> &Facts;

    /// What is known before anybody connects.
    fn begun(&self, route: &Self::Route) -> Begun;

    /// Waits for the first leg and makes the second.
    fn connect(
        &self,
        route: Self::Route,
        outcome: &Outcome,
    ) -> impl Future<Output = Result<Legs, End>> + Send;

    /// TLS on the outer leg, in the role of the control connection.
    fn secure(
        &self,
        outer: TcpStream,
        direction: DataDirection,
    ) -> impl Future<Output = Result<SecondaryStream, HandshakeError>> + Send;

    /// Lets go of the inner leg of a connection that failed.
    fn not_carried(
        &self,
        id: DataId,
        inner: TcpStream,
        direction: DataDirection,
        result: DataResult,
        ended: Ended,
    ) -> impl Future<Output = End> + Send;

    /// Moves the file; closing either leg is a reset until its end was in order.
    fn carry<O: OuterStream + 'static>(
        &self,
        id: DataId,
        inner: TcpStream,
        outer: O,
        direction: DataDirection,
        orders: Orders<'_>,
    ) -> impl Future<Output = End> + Send;
}

/// What comes from the session while a data connection is under way, and what becomes of it.
pub(crate) struct Orders<'a> {
    commands: &'a mut mpsc::Receiver<Command>,
    outcome: &'a Outcome,
}

/// Carries one data connection to its end; `ready` hears when both legs are connected.
pub(crate) async fn serve<C: Carrier>(
    carrier: Arc<C>,
    id: DataId,
    route: C::Route,
    ready: Option<oneshot::Sender<()>>,
    mut commands: mpsc::Receiver<Command>,
) {
    let facts = carrier.facts();
    let Begun {
        interceptor,
        direction,
        peer,
        local,
    } = carrier.begun(&route);
    let origin = Origin {
        map: Map::Secondary(facts.primary),
        interceptor,
        direction,
    };
    let mut outcome = facts.table.register(origin, peer, local);
    outcome.mapped(&facts.actions);
    outcome.user(facts.user.as_deref());
    let mut orders = Orders {
        commands: &mut commands,
        outcome: &outcome,
    };
    let mut opening = None;
    let legs = tokio::select! {
        legs = carrier.connect(route, &outcome) => legs,
        end = orders.until_the_end(&mut opening) => Err(end),
    };
    let connected = legs.is_ok();
    let end = match legs {
        Ok(legs) => {
            hold(&legs, ready);
            // The state of a handshake and a relay is large; a task is moved about more than once before it runs.
            Box::pin(secured(carrier.as_ref(), id, legs, opening, orders)).await
        }
        Err(end) => end,
    };
    match end {
        End::Cancelled if connected => outcome.log(&Ended::Aborted),
        End::Cancelled => outcome.forget(),
        End::Delivered(ended) => {
            outcome.ended(ended);
            // The peer waits for the final reply, and nobody for the line in the log.
            passed_on(&mut commands, facts.limits.linger).await;
            what_came_first().await;
        }
        End::Failed(result, ended) => {
            facts.tell(id, result).await;
            outcome.log(&ended);
        }
    }
}

fn hold(legs: &Legs, ready: Option<oneshot::Sender<()>>) {
    for leg in [&legs.inner, &legs.outer] {
        // Until everything has arrived in order, no end of either leg may look like the end of a file: not a cancelled
        // task's, not this process's.
        ttls_intercept::reset(leg);
    }
    if let Some(ready) = ready {
        // The session may not be waiting for it.
        let _ = ready.send(());
    }
}

/// What is left to do for two legs when the peer has been told that the transfer begins, and is not back yet.
fn settle(legs: &Legs, outcome: &Outcome) {
    outcome.inner(&legs.inner);
    for leg in [&legs.inner, &legs.outer] {
        // A socket that refuses is dead, which the first read will tell.
        let _ = ttls_intercept::socket::tune_data(leg);
    }
}

/// Waits for the transfer to begin, and protects it where it is to be.
async fn secured<C: Carrier>(
    carrier: &C,
    id: DataId,
    legs: Legs,
    opening: Option<Opening>,
    mut orders: Orders<'_>,
) -> End {
    let opening = match opening {
        Some(opening) => Ok(opening),
        None => orders.opening().await,
    };
    let Opening { protect, direction } = match opening {
        Ok(opening) => opening,
        Err(end) => {
            if matches!(end, End::Cancelled) {
                // There is no transfer; the peer knows that from the control connection.
                ttls_intercept::end_in_order(&legs.outer);
            }
            return end;
        }
    };
    settle(&legs, orders.outcome);
    let Legs { inner, outer } = legs;
    if !protect {
        return carrier.carry(id, inner, outer, direction, orders).await;
    }
    orders.outcome.handshake();
    // The alert of a failed handshake must arrive. No end during a handshake looks like the end of a file.
    ttls_intercept::end_in_order(&outer);
    let handshake = carrier.secure(outer, direction);
    eager::more_is_near();
    let mut ignored = None;
    let secured = tokio::select! {
        secured = handshake => secured,
        end = orders.until_the_end(&mut ignored) => return end,
    };
    match secured {
        Ok(outer) => {
            orders.outcome.secured(outer.info());
            ttls_intercept::reset(outer.tcp());
            eager::more_is_near();
            carrier.carry(id, inner, outer, direction, orders).await
        }
        Err(error) => {
            let result = match error {
                HandshakeError::NotResumed => DataResult::NotResumed,
                _ => DataResult::TlsFailed,
            };
            let ended = orders.outcome.handshake_failed(&error);
            carrier.not_carried(id, inner, direction, result, ended).await
        }
    }
}

impl Facts {
    /// The same, with the name that the client logged in with, for the log.
    pub(crate) fn of_user(&self, user: &str) -> Self {
        Self {
            user: Some(user.to_owned()),
            ..self.clone()
        }
    }

    /// Tells the session. It may be gone; then nobody waits for the news.
    pub(crate) async fn tell(&self, id: DataId, result: DataResult) {
        let _ = self.news.send(News { id, result }).await;
    }

    /// Tells the session, and lets it pass the final reply on before what is left to do here: the peer waits for that.
    pub(crate) async fn tell_before_all_else(&self, id: DataId, result: DataResult) {
        self.tell(id, result).await;
        what_came_first().await;
    }

    /// Waits for the peer to take the end of what it was sent.
    pub(crate) async fn linger<O: OuterStream>(&self, outer: &mut O) {
        if let Ok(_lingering) = self.lingering.try_acquire() {
            linger(outer, self.limits.linger).await;
        }
    }
}

impl Orders<'_> {
    /// Relays until the end, or until the session wants it to end.
    pub(crate) async fn relay<O: OuterStream>(
        &mut self,
        inner: &mut TcpStream,
        outer: &mut O,
        complete_when: CompleteWhen,
        idle: Duration,
    ) -> Ended {
        let outcome = self.outcome;
        let mut ignored = None;
        tokio::select! {
            ended = relay(inner, outer, complete_when, idle, outcome.moved()) => ended,
            end = self.until_the_end(&mut ignored) => match end {
                End::Failed(_, ended) => ended,
                End::Cancelled | End::Delivered(_) => Ended::Aborted,
            },
        }
    }

    /// Notes an opening that comes before the connection does; returns at anything that ends it.
    async fn until_the_end(&mut self, opening: &mut Option<Opening>) -> End {
        loop {
            match next(self.commands, self.outcome.connection()).await {
                Ok(how) => *opening = Some(how),
                Err(end) => return end,
            }
        }
    }

    /// Waits, but not too long, until the session has passed the final reply on. The client waits for that, and for nothing
    /// that is left to do here.
    pub(crate) async fn final_reply(&mut self, bound: Duration) {
        passed_on(self.commands, bound).await;
    }

    /// Waits for the transfer to begin.
    async fn opening(&mut self) -> Result<Opening, End> {
        next(self.commands, self.outcome.connection()).await
    }
}

/// The next thing that the session, or an operator, wants.
async fn next(commands: &mut mpsc::Receiver<Command>, connection: &Connection) -> Result<Opening, End> {
    let command = tokio::select! {
        command = commands.recv() => command,
        () = connection.dropped() => return Err(End::Failed(DataResult::Aborted, Ended::Dropped)),
    };
    match command {
        Some(Command::Open(opening)) => Ok(opening),
        Some(Command::Abort) => Err(End::Failed(DataResult::Aborted, Ended::Aborted)),
        Some(Command::Cancel) | None => Err(End::Cancelled),
    }
}

/// Between two steps that nobody waits for: whatever has come meanwhile goes first, the command for the next file for
/// example.
pub(crate) async fn what_came_first() {
    tokio::task::yield_now().await;
}

/// Waits until the session has passed the final reply on, or has ended: it lets go of the connection then. A daemon that
/// takes longer for its reply does not keep the connection.
async fn passed_on(commands: &mut mpsc::Receiver<Command>, bound: Duration) {
    // It is too late for all of them.
    let let_go = async { while commands.recv().await.is_some() {} };
    let _ = tokio::time::timeout(bound, let_go).await;
}

/// Lets go of the receiving leg of a broken upload, by reset, when the receiver closes its end, or a moment later: one
/// that is blocked in reading never does.
pub(crate) async fn give_up<L: AsyncRead + Unpin>(mut leg: L, _watch: Watch) {
    let mut scrap = vec![0; 1024];
    let closed = async { while matches!(leg.read(&mut scrap).await, Ok(n) if n > 0) {} };
    // Reaching the bound is as good.
    let _ = tokio::time::timeout(GIVES_UP, closed).await;
}

/// Bounds the wait for a data connection.
pub(crate) async fn in_time<T>(bound: Duration, wait: impl Future<Output = T>) -> Result<T, End> {
    tokio::time::timeout(bound, wait).await.map_err(|_| {
        End::Failed(
            DataResult::NotConnected,
            Ended::NoPeer(format!("nobody connected within {} s", bound.as_secs())),
        )
    })
}

/// Accepts the one connection of an expectation; strangers are reset and logged.
pub(crate) async fn accept_from(listener: &TcpListener, expected: Option<IpAddr>) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) if expected.is_none_or(|ip| ip == peer.ip()) => {
                eager::came();
                return (stream, peer);
            }
            Ok((stream, peer)) => {
                ttls_intercept::reset(&stream);
                tracing::warn!(%peer, "data connection refused: it comes from another address than the control connection");
            }
            Err(error) => crate::accept::accept_failed(&error).await,
        }
    }
}

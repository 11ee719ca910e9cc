//! A small HTTP server: `/metrics`, `/healthz`, `/readyz`, GET and HEAD, with bounds on everything.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;

use super::{MetricsSocket, text};
use crate::agent::Agent;
use crate::phase::Phase;

/// Scrapers and probes at the same time; more wait for their turn.
const CONNECTIONS: usize = 32;
/// From the first to the last byte of a request's head.
const HEAD: Duration = Duration::from_secs(5);
/// A whole connection; scrapers come again.
const LIFETIME: Duration = Duration::from_secs(60);
/// The longest head.
const BUFFER: usize = 16 * 1024;

const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Serves metrics for as long as the agent runs.
pub async fn serve_metrics(agent: Arc<Agent>, socket: MetricsSocket) {
    let turns = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(turn) = turns.clone().acquire_owned().await else {
            return;
        };
        let agent = agent.clone();
        let accepted = match &socket {
            MetricsSocket::Tcp(listener) => listener.accept().await.map(|(stream, _)| {
                tokio::spawn(async move {
                    connection(agent, stream).await;
                    drop(turn);
                });
            }),
            MetricsSocket::Unix(listener) => listener.accept().await.map(|(stream, _)| {
                tokio::spawn(async move {
                    connection(agent, stream).await;
                    drop(turn);
                });
            }),
        };
        if let Err(error) = accepted {
            crate::accept::accept_failed(&error).await;
        }
    }
}

async fn connection(agent: Arc<Agent>, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(&agent, request.method(), request.uri().path());
        async move { Ok::<_, Infallible>(answer) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(LIFETIME, serving).await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(error)) => tracing::debug!(%error, "metrics connection"),
    }
}

fn answer(agent: &Arc<Agent>, method: &Method, path: &str) -> Response<Full<Bytes>> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n");
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match path {
        "/metrics" => match text(agent) {
            Ok(text) => {
                let mut response = Response::new(Full::from(text));
                response.headers_mut().insert(CONTENT_TYPE, OPEN_METRICS);
                response
            }
            Err(error) => {
                tracing::warn!(%error, "metrics cannot be written");
                plain(StatusCode::INTERNAL_SERVER_ERROR, "metrics cannot be written\n")
            }
        },
        "/healthz" => plain(StatusCode::OK, "alive\n"),
        "/readyz" => match agent.phases.now() {
            Phase::Serving | Phase::Reloading => plain(StatusCode::OK, "serving\n"),
            Phase::Starting => plain(StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
            Phase::Stopping => plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        },
        _ => plain(StatusCode::NOT_FOUND, "/metrics, /healthz, /readyz\n"),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, PLAIN);
    response
}

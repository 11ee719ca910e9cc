//! Requests to those who answer them.

use lsp_server::{ErrorCode, Request, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, Formatting, GotoDefinition, HoverRequest,
    PrepareRenameRequest, References, Rename, Request as Kind,
};

use crate::server::Server;
use crate::{actions, completion, formatting, hover, navigation, symbols};

/// A request that is not met: what to tell the user.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) String);

/// Answers a request. Requests about texts that are not open get nothing.
pub(crate) fn answer(server: &Server, request: Request) -> Response {
    match request.method.as_str() {
        HoverRequest::METHOD => with::<HoverRequest>(request, |params| Ok(hover::hover(server, &params))),
        Completion::METHOD => with::<Completion>(request, |params| Ok(completion::complete(server, &params))),
        GotoDefinition::METHOD => {
            with::<GotoDefinition>(request, |params| Ok(navigation::definition(server, &params)))
        }
        References::METHOD => {
            with::<References>(request, |params| Ok(navigation::references(server, &params)))
        }
        PrepareRenameRequest::METHOD => {
            with::<PrepareRenameRequest>(request, |params| Ok(navigation::prepare_rename(server, &params)))
        }
        Rename::METHOD => with::<Rename>(request, |params| navigation::rename(server, &params)),
        DocumentSymbolRequest::METHOD => {
            with::<DocumentSymbolRequest>(request, |params| Ok(symbols::symbols(server, &params)))
        }
        Formatting::METHOD => with::<Formatting>(request, |params| formatting::format(server, &params)),
        CodeActionRequest::METHOD => {
            with::<CodeActionRequest>(request, |params| Ok(actions::actions(server, &params)))
        }
        _ => {
            let message = format!("{} is not supported", request.method);
            Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
        }
    }
}

fn with<R: Kind>(request: Request, answer: impl FnOnce(R::Params) -> Result<R::Result, Refusal>) -> Response {
    let id = request.id;
    let params = match serde_json::from_value::<R::Params>(request.params) {
        Ok(params) => params,
        Err(error) => {
            let message = format!("{}: {error}", R::METHOD);
            return Response::new_err(id, ErrorCode::InvalidParams as i32, message);
        }
    };
    match answer(params) {
        Ok(result) => Response::new_ok(id, result),
        Err(Refusal(message)) => Response::new_err(id, ErrorCode::RequestFailed as i32, message),
    }
}

// What every part of the addon needs: errors, plain JavaScript values, and the handles by which JavaScript holds tensors.
#pragma once
#define NAPI_VERSION 8
#include <napi.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace addon {

// ---------------------------------------------------------------------------------------------------------------
// Errors. Functions throw C++ exceptions; `guarded`, in which each runs, makes them JavaScript's.

// A value that is not what the place takes: becomes a JavaScript TypeError.
struct WrongType : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What JavaScript holds as a Napi::External begins so: an external alone does not tell what it is.
enum class Kind { tensor, store, processGroup };

struct Held {
  Kind kind;
};

inline std::string nameOf(Kind kind) {
  return kind == Kind::tensor ? "a tensor" : kind == Kind::store ? "a store" : "a process group";
}

inline std::string typeName(const Napi::Value& value) {
  if (value.IsNumber() || value.IsBoolean() || value.IsNull() || value.IsUndefined())
    return value.ToString().Utf8Value();
  if (value.IsString()) return "a string";
  if (value.IsBigInt()) return "a bigint";
  if (value.IsSymbol()) return "a symbol";
  if (value.IsExternal()) return nameOf(value.As<Napi::External<Held>>().Data()->kind);
  return value.IsArray() ? "an array" : "an object";
}

[[noreturn]] inline void reject(const char* expected, const Napi::Value& value) {
  throw WrongType(std::string("expected ") + expected + ", was given " + typeName(value));
}

[[noreturn]] inline void rejectCount(const char* atMost, size_t wanted, size_t given) {
  throw WrongType(std::string("takes ") + atMost + std::to_string(wanted) + " arguments, was given " +
                  std::to_string(given));
}

// The first paragraph of what libtorch says, on one line; what follows is for those who build libtorch.
inline std::string explain(const std::exception& error) {
  const auto* own = dynamic_cast<const c10::Error*>(&error);
  std::string text = own ? own->what_without_backtrace() : error.what();
  text.erase(0, std::min(text.find_first_not_of(" \n"), text.size()));
  text.erase(std::min(text.find("\n\n"), text.size()));
  text.erase(text.find_last_not_of(" \n") + 1);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// ---------------------------------------------------------------------------------------------------------------
// Plain JavaScript values. `As` alone does not look at what a value is.

// The largest whole number up to which a double holds every one, 2^53 - 1.
constexpr int64_t maxSafeInteger = (int64_t{1} << 53) - 1;

inline double toDouble(const Napi::Value& value) {
  if (!value.IsNumber()) reject("a number", value);
  return value.As<Napi::Number>().DoubleValue();
}

inline int64_t toInteger(const Napi::Value& value) {
  if (!value.IsNumber()) reject("a whole number", value);
  double number = value.As<Napi::Number>().DoubleValue();
  if (std::trunc(number) != number || std::abs(number) > maxSafeInteger) reject("a whole number", value);
  return static_cast<int64_t>(number);
}

inline int64_t toInteger(const Napi::Value& value, int64_t least, int64_t greatest) {
  int64_t number = toInteger(value);
  if (number < least || number > greatest)
    throw WrongType("expected a whole number from " + std::to_string(least) + " to " + std::to_string(greatest) +
                    ", was given " + std::to_string(number));
  return number;
}

inline bool toBool(const Napi::Value& value) {
  if (!value.IsBoolean()) reject("true or false", value);
  return value.As<Napi::Boolean>().Value();
}

inline std::string toText(const Napi::Value& value) {
  if (!value.IsString()) reject("a string", value);
  return value.As<Napi::String>().Utf8Value();
}

inline Napi::Array toArray(const Napi::Value& value) {
  if (!value.IsArray()) reject("an array", value);
  return value.As<Napi::Array>();
}

inline at::ScalarType toScalarType(int64_t code) {
  if (code < 0 || code >= static_cast<int64_t>(at::ScalarType::NumOptions) ||
      code == static_cast<int64_t>(at::ScalarType::Undefined))
    throw WrongType("there is no scalar type " + std::to_string(code));
  return static_cast<at::ScalarType>(code);
}

inline c10::Device toDevice(const Napi::Value& value) { return c10::Device(toText(value)); }

// Whole numbers stay whole, so that integer tensors do; -0 and what is too large to be exact is a double.
inline at::Scalar toScalar(const Napi::Value& value) {
  if (value.IsBoolean()) return at::Scalar(value.As<Napi::Boolean>().Value());
  double number = toDouble(value);
  bool negativeZero = number == 0 && std::signbit(number);
  bool whole = std::trunc(number) == number && std::abs(number) <= maxSafeInteger && !negativeZero;
  return whole ? at::Scalar(static_cast<int64_t>(number)) : at::Scalar(number);
}

// ---------------------------------------------------------------------------------------------------------------
// Handles. The garbage collector frees what is held; tensors are released earlier by `release`.

template <typename T>
T* toHeld(const Napi::Value& value, Kind kind) {
  bool fits = value.IsExternal() && value.As<Napi::External<Held>>().Data()->kind == kind;
  if (!fits) reject(nameOf(kind).c_str(), value);
  return static_cast<T*>(value.As<Napi::External<Held>>().Data());
}

struct Handle : Held {
  at::Tensor tensor;
  int64_t reportedBytes;  // what V8 was told that this handle keeps alive
};

inline std::atomic<int64_t> liveTensors{0};

inline void releaseTensor(Napi::Env env, Handle* handle) {
  if (!handle->tensor.defined()) return;
  handle->tensor.reset();
  Napi::MemoryManagement::AdjustExternalMemory(env, -handle->reportedBytes);
  --liveTensors;
}

// Only what lies in the process's own memory presses on V8's collector, and a view no more than what it views.
inline int64_t hostBytes(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu() || !tensor.has_storage()) return 0;
  return static_cast<int64_t>(std::min(tensor.nbytes(), static_cast<size_t>(tensor.storage().nbytes())));
}

inline Napi::Value wrap(Napi::Env env, at::Tensor tensor) {
  if (!tensor.defined()) return env.Null();
  int64_t bytes = hostBytes(tensor);
  auto handle = std::make_unique<Handle>(Handle{{Kind::tensor}, std::move(tensor), bytes});
  auto external = Napi::External<Held>::New(env, handle.get(), [](Napi::Env env, Held* held) {
    auto* handle = static_cast<Handle*>(held);
    releaseTensor(env, handle);
    delete handle;
  });
  handle.release();  // the external owns it now
  ++liveTensors;
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
  return external;
}

inline Handle* toHandle(const Napi::Value& value) { return toHeld<Handle>(value, Kind::tensor); }

inline at::Tensor& unwrap(const Napi::Value& value) {
  at::Tensor& tensor = toHandle(value)->tensor;
  if (!tensor.defined()) throw std::runtime_error("this tensor has been disposed of");
  return tensor;
}

inline std::vector<at::Tensor> unwrapAll(const Napi::Value& value) {
  Napi::Array array = toArray(value);
  std::vector<at::Tensor> tensors;
  tensors.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) tensors.push_back(unwrap(array.Get(i)));
  return tensors;
}

// Runs `body` and hands its result to JavaScript.
template <typename Body>
Napi::Value guarded(const Napi::CallbackInfo& info, const char* name, Body body) {
  using Result = decltype(body(info));
  Napi::Env env = info.Env();
  try {
    if constexpr (std::is_void_v<Result>) {
      body(info);
      return env.Undefined();
    } else if constexpr (std::is_same_v<Result, at::Tensor>) {
      return wrap(env, body(info));
    } else {
      return Napi::Value::From(env, body(info));
    }
  } catch (const Napi::Error&) {  // an error of JavaScript's already, or thrown by a getter that we ran
    throw;
  } catch (const WrongType& error) {
    throw Napi::TypeError::New(env, name + (": " + std::string(error.what())));
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, name + (": " + explain(error)));
  } catch (...) {
    throw Napi::Error::New(env, name + std::string(": failed without a word"));
  }
}

// Gives JavaScript a function that takes exactly `parameters` arguments.
template <typename Function>
void define(Napi::Object exports, const char* name, size_t parameters, Function function) {
  auto checked = [=](const Napi::CallbackInfo& info) {
    if (info.Length() != parameters) rejectCount("", parameters, info.Length());
    return function(info);
  };
  auto callback = [=](const Napi::CallbackInfo& info) { return guarded(info, name, checked); };
  exports.Set(name, Napi::Function::New(exports.Env(), callback, name));
}

}  // namespace addon

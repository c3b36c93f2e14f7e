// Batch norm over a batch that several GPUs share: libtorch's own kernels, in the order of torch.nn.SyncBatchNorm.
//
//     forward    mean and 1/σ of the own part; all parts' are gathered and joined, which also moves the running statistics
//     backward   own Σ dy and Σ dy·(x − mean) are summed over all; dx follows from the sums
//
// Nothing here waits for the GPU.
#ifdef USE_C10D_GLOO
#include <torch/csrc/autograd/custom_function.h>

#include "process-group.h"

namespace addon {
namespace {

class GpuSyncBatchNorm : public torch::autograd::Function<GpuSyncBatchNorm> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias, at::Tensor runningMean,
                            at::Tensor runningVar, double momentum, double eps, c10::intrusive_ptr<ProcessGroup> group,
                            const Shares& shares) {
    auto x = input.contiguous(input.suggest_memory_format());
    int64_t channels = x.size(1);
    auto [ownMean, ownInverse] = at::batch_norm_stats(x, eps);
    auto ownCount = at::full({1}, static_cast<double>(x.numel() / channels), ownMean.options());
    auto all = group->gather(at::cat({ownMean, ownInverse, ownCount}));
    all = withImages(all, shares);
    auto counts = all.select(1, 2 * channels).contiguous();
    auto [mean, inverse] = at::batch_norm_gather_stats_with_counts(
        x, all.narrow(1, 0, channels).contiguous(), all.narrow(1, channels, channels).contiguous(), runningMean,
        runningVar, momentum, eps, counts);
    context->save_for_backward({x, weight, mean, inverse, counts.to(at::kInt)});
    context->saved_data["counted"] = shares.counted();
    context->saved_data["group"] = c10::IValue::make_capsule(group);
    return at::batch_norm_elemt(x, weight, bias, mean, inverse, eps);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &mean = saved[2], &inverse = saved[3], &counts = saved[4];
    auto upstream = gradients[0].contiguous(input.suggest_memory_format());
    auto [sum, sumWithInput, weightGradient, biasGradient] =
        at::batch_norm_backward_reduce(upstream, input, mean, inverse, weight, true, true, true);
    auto sums = at::stack({sum, sumWithInput});
    bool counted = context->saved_data["counted"].toBool();
    if (!counted) {
      for (at::Tensor& own : {std::ref(sums), std::ref(weightGradient), std::ref(biasGradient)}) own.zero_();
    }
    auto group = context->saved_data["group"].toCapsule();
    static_cast<ProcessGroup&>(*group).sum(sums);
    auto inputGradient = counted ? at::batch_norm_backward_elemt(upstream, input, mean, inverse, weight, sums[0],
                                                                 sums[1], counts)
                                 : at::zeros_like(input);
    at::Tensor no;
    return {inputGradient, weightGradient, biasGradient, no, no, no, no, no, no};
  }

 private:
  // The rows of those processes that have images: with a count of 0 libtorch's kernel would divide by it.
  static at::Tensor withImages(const at::Tensor& all, const Shares& shares) {
    std::vector<int64_t> ranks;
    for (size_t rank = 0; rank < shares.images.size(); ++rank)
      if (shares.images[rank] > 0) ranks.push_back(static_cast<int64_t>(rank));
    if (ranks.size() == shares.images.size()) return all;
    return all.index_select(0, at::tensor(ranks).to(all.device()));
  }
};

}  // namespace

at::Tensor syncBatchNormOnGpu(c10::intrusive_ptr<ProcessGroup> group, const Shares& shares, const at::Tensor& input,
                              const at::Tensor& weight, const at::Tensor& bias, at::Tensor& runningMean,
                              at::Tensor& runningVar, double momentum, double eps) {
  return GpuSyncBatchNorm::apply(input, weight, bias, runningMean, runningVar, momentum, eps, group, shares);
}

}  // namespace addon
#endif
